//! `pushmail ctl fetch`, and the Messages service as devices call it.

use super::World;
use crate::support::{Listener, run, text};
use pushmail_proto::v1::FetchRequest;
use pushmail_proto::v1::fetch_request::{Part, Text};
use pushmail_proto::v1::fetch_response::Item;
use pushmail_proto::v1::messages_client::MessagesClient;
use serde_json::Value;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

/// A mail of text, HTML and an attachment of 60 KB that is its own line numbers.
fn mail() -> (String, Vec<u8>, Vec<u8>) {
    let attached: String = (0..10_000).map(|line| format!("{line:04}\r\n")).collect();
    let raw = format!(
        "From: Ann <ann@example.org>\r\nSubject: to be fetched\r\nMessage-ID: <fetched@mail.test>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"m\"\r\n\r\n\
         --m\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         Gr=FC=DFe\r\n\
         --m\r\nContent-Type: text/csv; name=\"lines.csv\"\r\nContent-Disposition: attachment\r\n\r\n{attached}\r\n--m--\r\n"
    );
    (
        "fetched@mail.test".into(),
        raw.into_bytes(),
        attached.into(),
    )
}

struct Fetched {
    world: World,
    raw: Vec<u8>,
    attached: Vec<u8>,
    /// The event of the mail.
    event: Value,
}

impl Fetched {
    async fn start() -> Option<Self> {
        let mut world = World::start().await?;
        let (id, raw, attached) = mail();
        let mailbox = &world.mailbox;
        mailbox.dovecot.deliver(&mailbox.user, &raw);
        let event = world.listener.next("message.new").await;
        assert_eq!(text(&event, "message_id"), id);
        Some(Self {
            world,
            raw,
            attached,
            event,
        })
    }

    fn number(&self, field: &str) -> String {
        self.event[field].as_u64().expect("a number").to_string()
    }

    /// `pushmail ctl fetch` of the mail, by folder id.
    async fn fetch(&self, more: &[&str]) -> Value {
        let args = self.args(text(&self.event, "folder_id"));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let found = self.world.gateway.ctl(&[&args, more].concat()).await;
        found.into_iter().next().expect("an object")
    }

    fn args(&self, folder: &str) -> [String; 5] {
        let World {
            tenant, account, ..
        } = &self.world;
        let uid = self.number("uid");
        ["fetch", tenant, account, folder, &uid].map(str::to_owned)
    }

    /// How often the mailbox's user has logged in.
    fn logins(&self) -> usize {
        let mailbox = &self.world.mailbox;
        let login = format!("Login: user=<{}>", mailbox.user);
        let log = mailbox.dovecot.log();
        log.lines().filter(|line| line.contains(&login)).count()
    }
}

#[tokio::test]
async fn what_was_delivered_is_fetched_and_the_watch_goes_on() {
    let Some(mut fetched) = Fetched::start().await else {
        return;
    };
    let object = fetched.fetch(&[]).await;
    assert_eq!(text(&object, "text"), "Grüße");
    let headers = fetched.fetch(&["--headers"]).await;
    assert!(
        text(&headers, "text").ends_with("boundary=\"m\"\r\n\r\n"),
        "{headers}"
    );
    let file = fetched.world.mailbox.file("fetched");
    let out = file.to_str().expect("a path in UTF-8");
    let part = fetched.fetch(&["--part", "2", "--out", out]).await;
    assert_eq!(text(&part, "filename"), "lines.csv");
    assert_eq!(std::fs::read(&file).expect("the file"), fetched.attached);
    let raw = fetched.fetch(&["--raw", "--out", out]).await;
    assert_eq!(raw["size"], raw["message_size"]);
    assert!(
        std::fs::read(&file)
            .expect("the file")
            .ends_with(&fetched.raw)
    );
    let piece = fetched
        .fetch(&["--part", "2", "--offset", "6", "--limit", "4"])
        .await;
    assert_eq!(
        (text(&piece, "text"), &piece["more"]),
        ("0001", &Value::Bool(true))
    );
    // One login watches, one fetched.
    assert_eq!(fetched.logins(), 2);
    let id = fetched.world.mailbox.deliver("while fetching");
    assert_eq!(fetched.world.listener.mail().await, id);
    assert_eq!(fetched.logins(), 2);
}

#[tokio::test]
async fn a_folder_may_be_named_and_people_read_plain_text() {
    let Some(fetched) = Fetched::start().await else {
        return;
    };
    let args = fetched.args("inbox");
    let mut command = crate::support::pushmail();
    command
        .arg("ctl")
        .args(args)
        .arg("--data")
        .arg(fetched.world.gateway.data());
    let ended = run(&mut command).await;
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), "Grüße"),
        "{ended:?}"
    );
    let args = fetched.args("Sent");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let refusal = fetched.world.gateway.refusal(&args).await;
    assert!(refusal.contains("it watches: INBOX"), "{refusal}");
}

#[tokio::test]
async fn what_cannot_be_fetched_says_why() {
    let Some(fetched) = Fetched::start().await else {
        return;
    };
    let World {
        gateway,
        tenant,
        account,
        ..
    } = &fetched.world;
    let folder = text(&fetched.event, "folder_id");
    let uid = fetched.number("uid");
    let refusal = async |args: &[&str]| gateway.refusal(&[&["fetch"], args].concat()).await;
    let gone = refusal(&[tenant, account, folder, "4000000"]).await;
    assert!(gone.contains("deleted or moved"), "{gone}");
    let renumbered = refusal(&[tenant, account, folder, &uid, "--uid-validity", "1"]).await;
    assert!(renumbered.contains("UIDVALIDITY"), "{renumbered}");
    let part = refusal(&[tenant, account, folder, &uid, "--part", "7"]).await;
    assert!(part.contains("no part 7"), "{part}");
    let other = gateway.tenant("other").await;
    let stranger = refusal(&[&other, account, folder, &uid]).await;
    assert!(stranger.contains("has no account"), "{stranger}");
    gateway.ctl(&["account", "pause", tenant, account]).await;
    let paused = refusal(&[tenant, account, folder, &uid]).await;
    assert!(paused.contains("resume it"), "{paused}");
    let metrics = gateway.get("/metrics");
    for outcome in ["gone", "reset", "no_part", "paused"] {
        let counted = format!("pushmail_fetches_total{{outcome=\"{outcome}\"}} 1");
        assert!(metrics.contains(&counted), "{counted}: {metrics}");
    }
}

/// The text of a mail as a device with this token reads it.
async fn read(channel: &Channel, token: &str, request: &FetchRequest) -> Result<String, Status> {
    let mut request = Request::new(request.clone());
    let bearer = format!("Bearer {token}").parse().expect("a header value");
    request.metadata_mut().insert("authorization", bearer);
    let answer = MessagesClient::new(channel.clone()).fetch(request).await?;
    let (mut stream, mut all) = (answer.into_inner(), Vec::new());
    while let Some(answer) = stream.message().await? {
        if let Some(Item::Chunk(bytes)) = answer.item {
            all.extend(bytes);
        }
    }
    Ok(String::from_utf8(all).expect("a text is UTF-8"))
}

#[tokio::test]
async fn a_device_fetches_what_it_was_told_of() {
    let Some(fetched) = Fetched::start().await else {
        return;
    };
    let World {
        gateway,
        tenant,
        account,
        mailbox,
        listener,
    } = &fetched.world;
    let channel = Channel::from_shared(gateway.endpoint("grpc")).expect("an address");
    let channel = channel.connect().await.expect("the gateway answers");
    let mut request = FetchRequest {
        account: account.clone(),
        folder_id: text(&fetched.event, "folder_id").to_owned(),
        uid_validity: fetched
            .number("uid_validity")
            .parse()
            .expect("a UIDVALIDITY"),
        uid: fetched.number("uid").parse().expect("a UID"),
        part: Some(Part::Text(Text {})),
        ..FetchRequest::default()
    };
    assert_eq!(
        read(&channel, listener.token(), &request).await.unwrap(),
        "Grüße"
    );

    let second = mailbox.another();
    let second = gateway
        .account(tenant, &second.imaps(), &["--password-env", "PW"])
        .await;
    let stranger = Listener::start(gateway, tenant, &second).await;
    let refused = read(&channel, stranger.token(), &request)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::NotFound, "{refused}");
    request.uid_validity += 1;
    let refused = read(&channel, listener.token(), &request)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    let details = refused.get_error_details();
    let reason = details.error_info().map(|info| info.reason.as_str());
    assert_eq!(reason, Some("UIDVALIDITY_CHANGED"));
}
