//! Mail servers that mean harm, beside one that does not.

use crate::support::{Config, Gateway, Listener, mail, mailsim, text, until};
use pushmail_testkit::{Behaviour, Hostile};
use std::collections::HashMap;

const USER: &str = "good@tenant1.test";
/// By how much the gateway's memory may grow, in KiB.
const GROWTH: u64 = 64 * 1024;

/// How each server misbehaves from its greeting on, and what the operator reads about it.
const GREETINGS: [(Behaviour, &str); 9] = [
    (Behaviour::EndlessLine, "larger than allowed"),
    (
        Behaviour::EndlessAnswers,
        "greeting is not that of an IMAP server",
    ),
    (Behaviour::HugeLiteral, "greeting"),
    (Behaviour::OverflowingLiteral, "greeting"),
    (Behaviour::DeepNesting, "greeting"),
    (Behaviour::WrongTags, "greeting"),
    (
        Behaviour::DataBeforeStarttls,
        "data before STARTTLS completed",
    ),
    (Behaviour::Close, "closed the connection"),
    (Behaviour::Garbage, "greeting"),
];

/// The same after a polite login.
const AFTER_LOGIN: [(Behaviour, &str); 8] = [
    (Behaviour::EndlessLine, "larger than allowed"),
    (Behaviour::EndlessAnswers, "more than any command asked for"),
    (Behaviour::HugeLiteral, "larger than allowed"),
    (Behaviour::OverflowingLiteral, "larger than allowed"),
    (Behaviour::DeepNesting, "larger than allowed"),
    (Behaviour::Nul, "malformed"),
    (Behaviour::WrongTags, "a command that was not sent"),
    (Behaviour::Garbage, "malformed"),
];

/// Servers that keep a connection waiting, each for up to the limit of a command.
const SLOW: [Behaviour; 2] = [Behaviour::SlowDrip, Behaviour::Silence];

/// Every hostile server, and what its account's detail must say in the end.
async fn servers() -> Vec<(Hostile, bool, &'static str)> {
    let mut servers = Vec::new();
    for (behaviour, said) in GREETINGS {
        let tls = behaviour == Behaviour::DataBeforeStarttls;
        servers.push((Hostile::start(behaviour).await, tls, said));
    }
    for (behaviour, said) in AFTER_LOGIN {
        servers.push((Hostile::start_after_login(behaviour).await, false, said));
    }
    for behaviour in SLOW {
        servers.push((Hostile::start(behaviour).await, false, ""));
    }
    servers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_server_costs_bounded_memory_is_named_and_harms_no_other_account() {
    let server = mailsim().await;
    let gateway = Gateway::start(&Config {
        ca_pem: server.ca_pem().to_owned(),
        ..Config::default()
    })
    .await;
    let tenant = gateway.tenant("acme").await;
    let url = format!("imaps://{USER}@localhost:{}", server.addr().port());
    let good = gateway
        .account(&tenant, &url, &["--password-env", "PW"])
        .await;
    let mut listener = Listener::start(&gateway, &tenant, &good).await;
    server.wait_idling(1).await;
    let before = gateway.memory();

    let hostile = servers().await;
    let mut expected = HashMap::new();
    for (number, (other, starttls, said)) in hostile.iter().enumerate() {
        let url = format!("imap://u{number}@{}", other.addr());
        let more = ["--password-env", "PW", "--plaintext"];
        let more = if *starttls { &more[..2] } else { &more[..] };
        let account = gateway.account(&tenant, &url, more).await;
        expected.insert(account, (other.addr().to_string(), *said));
        let (id, raw) = mail(&format!("beside {number}"));
        server.deliver(USER, raw);
        assert_eq!(listener.mail().await, id);
    }
    assert_classified(&gateway, &tenant, &expected).await;

    let (id, raw) = mail("after them all");
    server.deliver(USER, raw);
    assert_eq!(listener.mail().await, id);
    assert_eq!(
        text(&gateway.standing(&tenant, &good).await, "state"),
        "live"
    );
    let after = gateway.memory();
    assert!(
        after < before + GROWTH,
        "memory grew from {before} KiB to {after} KiB"
    );
}

/// Waits until every hostile server's account says what is wrong with it.
async fn assert_classified(
    gateway: &Gateway,
    tenant: &str,
    expected: &HashMap<String, (String, &str)>,
) {
    until(async || {
        let accounts = gateway.ctl(&["account", "list", tenant]).await;
        let wrong = accounts.iter().filter_map(|account| {
            let detail = text(account, "detail");
            let (server, said) = expected.get(text(account, "id"))?;
            let named = said.is_empty() || detail.contains(said) && detail.contains(server);
            let right = named && text(account, "state") != "live";
            (!right).then(|| format!("{said:?} is expected: {account}"))
        });
        let wrong: Vec<String> = wrong.collect();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!("{wrong:#?}"))
        }
    })
    .await;
}
