//! What holds whatever servers answer.

use super::script::{answer, credential, shows_credential};
use proptest::prelude::*;
use pushmail_eas::autodiscover::{Autodiscover, Reply, Step};
use pushmail_upstream::target::MailAddress;

/// Answers in the words of a script; some lead to where the search was, some out, some to the clear.
fn answers() -> impl Strategy<Value = String> {
    let host = prop::sample::select(vec![
        "example.org",
        "a.example.org",
        "org",
        "evilexample.org",
        "example.com",
        "other.example",
    ]);
    let scheme = prop::sample::select(vec!["http://", "https://", "//", "https://example.org@"]);
    let to = (scheme, host.clone(), 0..3).prop_map(|(scheme, host, path)| {
        let path = if path == 0 {
            String::new()
        } else {
            format!("/{path}")
        };
        format!("302 to {scheme}{host}{path}")
    });
    prop_oneof![
        8 => to,
        2 => host.prop_map(|host| format!("200 address me@{host}")),
        1 => Just("404".to_owned()),
        1 => Just("none".to_owned()),
    ]
}

proptest! {
    #[test]
    fn the_credential_stays_with_tls_and_with_whom_it_may_be_shown(
        answers in prop::collection::vec(answers(), 1..120),
        consents in prop::collection::vec(any::<bool>(), 1..120),
    ) {
        let home = MailAddress::parse("me@example.org").unwrap();
        let mut search = Autodiscover::new(home.clone());
        let (mut answers, mut consents) = (answers.iter().cycle(), consents.iter().cycle());
        let (mut trusted, mut reply, mut requests) = (Vec::new(), None, 0);
        loop {
            reply = Some(match search.next(reply.take()) {
                Step::Send(query) => {
                    requests += 1;
                    let host = query.url.host();
                    let may_be_asked = home.is_home(host)
                        || trusted.iter().any(|domain: &MailAddress| domain.is_home(host));
                    prop_assert!(may_be_asked, "{}", query.url);
                    prop_assert!(query.url.is_secure() || !shows_credential(&query));
                    answer(answers.next().unwrap())
                }
                Step::Srv(_) => Reply::Srv(Some(("example.com".to_owned(), 443))),
                Step::Consent(host) => {
                    let is_trusted = *consents.next().unwrap();
                    if is_trusted {
                        trusted.push(MailAddress::parse(&format!("x@{host}")).unwrap());
                    }
                    Reply::Consent(is_trusted)
                }
                Step::Credential(_) => credential(),
                Step::Done(_) => break,
            });
        }
        prop_assert!(requests <= 6 * 11 + 10, "{requests} requests");
    }
}
