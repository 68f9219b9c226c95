//! What comes out is what went in.

use crate::world::{CONFIG, World, password, section, wanted};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pushmail_domain::{Account, Authentication, Secret, Security};
use pushmail_mailbox::{Mailbox as _, Part, ReadErrorKind, Wanted};
use pushmail_testkit::dovecot::PASSWORD;
use pushmail_testkit::{Dovecot, skip};

const USER: &str = "user1@tenant1.test";
const TEXT: &str = "Grüße aus Köln,\r\n\r\ndas Wetter ist schön.\r\n";

struct Mail {
    raw: Vec<u8>,
    picture: Vec<u8>,
}

/// A mail as programs write it: text and HTML, a picture, a mail within.
fn mail(world: &World, picture: usize) -> Mail {
    let picture = world.bytes(picture);
    let lines: Vec<String> = STANDARD
        .encode(&picture)
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let text = "Gr=FC=DFe aus K=F6ln,\r\n\r\ndas Wetter =\r\nist sch=F6n.\r\n";
    let raw = format!(
        "From: Ann <ann@example.org>\r\nSubject: Wetter\r\nMessage-ID: <1@mail.test>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"m\"\r\n\r\n\
         --m\r\nContent-Type: multipart/alternative; boundary=\"a\"\r\n\r\n\
         --a\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{text}\
         \r\n--a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<style>b{{}}</style><b>Grüße</b>\r\n--a--\r\n\
         --m\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename*=utf-8''%C3%BCber.png\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n\
         --m\r\nContent-Type: message/rfc822\r\n\r\nSubject: within\r\n\r\ninner text\r\n\r\n--m--\r\n",
        lines.join("\r\n")
    );
    Mail {
        raw: raw.into_bytes(),
        picture,
    }
}

struct Setup {
    dovecot: Dovecot,
    world: World,
    account: Account,
    mail: Mail,
    uid: u32,
}

/// A mailbox with one mail; `None` if Dovecot is to be done without.
async fn setup() -> Option<Setup> {
    if skip("dovecot") {
        return None;
    }
    let dovecot = Dovecot::start();
    let world = World::new(Some(dovecot.ca_pem()), CONFIG).await;
    let server = (dovecot.imaps_addr(), Security::Tls);
    let account = world.account(USER, password(PASSWORD), server).await;
    let mail = mail(&world, 200_000);
    dovecot.deliver(USER, &mail.raw);
    let (uid, _) = dovecot.messages(USER)[0];
    Some(Setup {
        dovecot,
        world,
        account,
        mail,
        uid,
    })
}

#[tokio::test]
async fn every_part_comes_out_as_it_went_in() {
    let Some(setup) = setup().await else { return };
    let Setup {
        world,
        account,
        mail,
        uid,
        ..
    } = &setup;
    for most in [1_000, 50_000, 1_000_000] {
        let raw = world.read(account, wanted(*uid, Part::Raw), most);
        let (about, raw) = raw.await.unwrap();
        assert!(raw.ends_with(&mail.raw), "{most}");
        assert_eq!(about.message_size, raw.len() as u64);

        let headers = world.read(account, wanted(*uid, Part::Headers), most);
        let (_, headers) = headers.await.unwrap();
        assert!(raw.starts_with(&headers) && headers.ends_with(b"boundary=\"m\"\r\n\r\n"));

        let text = world.read(account, wanted(*uid, Part::Text), most);
        let (about, text) = text.await.unwrap();
        assert_eq!(String::from_utf8_lossy(&text), TEXT);
        assert_eq!(
            (about.content_type.as_str(), about.charset.as_str()),
            ("text/plain", "utf-8")
        );

        let picture = world.read(account, wanted(*uid, section("2")), most);
        let (about, picture) = picture.await.unwrap();
        assert!(picture == mail.picture, "{most}");
        assert_eq!(about.filename, "über.png");

        let html = world.read(account, wanted(*uid, section("1.2")), most);
        assert_eq!(
            html.await.unwrap().1,
            "<style>b{}</style><b>Grüße</b>".as_bytes()
        );
        let within = world.read(account, wanted(*uid, section("3.1")), most);
        assert_eq!(within.await.unwrap().1, b"inner text\r\n");
    }
}

#[tokio::test]
async fn reading_on_gives_the_same_bytes_and_logs_in_once() {
    let Some(setup) = setup().await else { return };
    let Setup {
        dovecot,
        world,
        account,
        mail,
        uid,
    } = &setup;
    let picture = world.read_on(account, wanted(*uid, section("2")), 20_000);
    let (calls, picture) = picture.await;
    assert!(picture == mail.picture && calls == 10, "{calls}");
    let (_, raw) = world
        .read_on(account, wanted(*uid, Part::Raw), 30_000)
        .await;
    assert!(raw.ends_with(&mail.raw));
    let (_, text) = world.read_on(account, wanted(*uid, Part::Text), 7).await;
    assert_eq!(text, TEXT.as_bytes());
    let log = dovecot.log();
    let logins = log.lines().filter(|line| {
        // The test itself asks for the UID without TLS.
        line.contains("Login: user=<user1@tenant1.test>") && line.contains("TLS")
    });
    assert_eq!(logins.count(), 1, "{log}");
}

#[tokio::test]
async fn reading_may_begin_anywhere() {
    let Some(setup) = setup().await else { return };
    let Setup {
        world,
        account,
        mail,
        uid,
        ..
    } = &setup;
    for offset in [0, 1, 77, 99_999, 199_999, 200_000, 300_000] {
        let from = Wanted {
            offset,
            ..wanted(*uid, section("2"))
        };
        let mut reading = world.mailbox.open(account, &from).await.unwrap();
        let piece = reading.next(1_000).await.unwrap();
        let from = usize::try_from(offset).unwrap().min(mail.picture.len());
        let until = (from + 1_000).min(mail.picture.len());
        assert_eq!(piece.bytes, mail.picture[from..until], "{offset}");
        assert_eq!(piece.more, until < mail.picture.len());
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_apart() {
    let Some(setup) = setup().await else { return };
    let Setup {
        world,
        account,
        uid,
        dovecot,
        ..
    } = &setup;
    let kind = async |wanted: Wanted| {
        let read = world.read(account, wanted, 1_000).await;
        read.unwrap_err().kind
    };
    for part in [Part::Raw, Part::Text, section("1")] {
        assert_eq!(kind(wanted(uid + 1, part)).await, ReadErrorKind::Gone);
    }
    assert_eq!(
        kind(wanted(*uid, section("9"))).await,
        ReadErrorKind::NoPart
    );
    let elsewhere = Wanted {
        folder: "Entwürfe".to_owned(),
        ..wanted(*uid, Part::Raw)
    };
    assert_eq!(kind(elsewhere).await, ReadErrorKind::NoFolder);
    let renumbered = Wanted {
        uid_validity: Some(1),
        ..wanted(*uid, Part::Raw)
    };
    assert_eq!(kind(renumbered).await, ReadErrorKind::Reset);
    // None of that cost a session.
    world
        .read(account, wanted(*uid, Part::Headers), 1_000)
        .await
        .unwrap();
    let log = dovecot.log();
    let logins = log
        .lines()
        .filter(|line| line.contains("Login: user=") && line.contains("TLS"));
    assert_eq!(logins.count(), 1, "{log}");
}

#[tokio::test]
async fn every_way_to_log_in_works_and_a_rejected_credential_is_told() {
    let Some(setup) = setup().await else { return };
    let Setup {
        dovecot,
        world,
        uid,
        ..
    } = &setup;
    let (imap, imaps) = (dovecot.imap_addr(), dovecot.imaps_addr());
    let token = Authentication::AccessToken(Secret::new(dovecot.token(USER)));
    for (authentication, server) in [
        (password(PASSWORD), (imap, Security::StartTls)),
        (password(PASSWORD), (imap, Security::Plaintext)),
        (token, (imaps, Security::Tls)),
    ] {
        let account = world.account(USER, authentication, server).await;
        let read = world.read(&account, wanted(*uid, Part::Text), 1_000).await;
        assert_eq!(read.unwrap().1, TEXT.as_bytes());
    }
    for wrong in [
        password("not-the-password"),
        Authentication::AccessToken(Secret::new("not-a-token".to_owned())),
    ] {
        let account = world.account(USER, wrong, (imaps, Security::Tls)).await;
        let read = world.read(&account, wanted(*uid, Part::Text), 1_000).await;
        let error = read.unwrap_err();
        assert_eq!(error.kind, ReadErrorKind::Credential, "{error}");
        assert!(!format!("{error:?}").contains("not-"), "{error:?}");
    }
}

#[tokio::test]
async fn a_part_larger_than_allowed_is_refused_and_smaller_ones_are_not() {
    let Some(setup) = setup().await else { return };
    let Setup {
        dovecot, mail, uid, ..
    } = &setup;
    let config = pushmail_mailbox_imap::Config {
        largest_message: 100_000,
        ..CONFIG
    };
    let world = World::new(Some(dovecot.ca_pem()), config).await;
    let server = (dovecot.imaps_addr(), Security::Tls);
    let account = world.account(USER, password(PASSWORD), server).await;
    for part in [Part::Raw, section("2")] {
        let read = world.read(&account, wanted(*uid, part), 1_000).await;
        assert_eq!(read.unwrap_err().kind, ReadErrorKind::TooLarge);
    }
    assert!(mail.picture.len() > 100_000);
    let text = world.read(&account, wanted(*uid, Part::Text), 1_000).await;
    assert_eq!(text.unwrap().1, TEXT.as_bytes());
    let config = pushmail_mailbox_imap::Config {
        largest_text: 10,
        ..CONFIG
    };
    let world = World::new(Some(dovecot.ca_pem()), config).await;
    let account = world.account(USER, password(PASSWORD), server).await;
    let read = world.read(&account, wanted(*uid, Part::Text), 1_000).await;
    let error = read.unwrap_err();
    assert_eq!(error.kind, ReadErrorKind::TooLarge);
    assert!(error.message.contains("largest_text"), "{error}");
}
