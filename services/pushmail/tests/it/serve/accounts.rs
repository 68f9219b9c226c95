//! Accounts: watched, paused, failed, deleted, refused.

use super::World;
use crate::support::{Config, Gateway, Mailbox, objects, run, text, until, wait_for};
use serde_json::json;

#[tokio::test]
async fn a_paused_account_is_quiet_and_a_resumed_one_brings_what_came_meanwhile() {
    let Some(mut world) = World::start().await else {
        return;
    };
    let World {
        mailbox,
        gateway,
        tenant,
        account,
        listener,
    } = &mut world;
    gateway.ctl(&["account", "pause", tenant, account]).await;
    listener.state("paused").await;
    let missed = mailbox.deliver("during the pause");
    until(async || {
        let standing = gateway.standing(tenant, account).await;
        let paused = text(&standing, "state") == "paused" && standing["paused"] == true;
        paused.then_some(()).ok_or_else(|| standing.to_string())
    })
    .await;

    gateway.ctl(&["account", "resume", tenant, account]).await;
    listener.state("live").await;
    assert_eq!(listener.mail().await, missed);
    let new = mailbox.deliver("after the pause");
    assert_eq!(listener.mail().await, new);
}

#[tokio::test]
async fn a_deleted_account_is_gone() {
    let Some(world) = World::start().await else {
        return;
    };
    let World {
        gateway,
        tenant,
        account,
        ..
    } = &world;
    assert!(
        gateway
            .ctl(&["account", "delete", tenant, account])
            .await
            .is_empty()
    );
    let refusal = gateway.refusal(&["account", "get", tenant, account]).await;
    assert!(refusal.contains(account.as_str()), "{refusal}");
    assert!(gateway.ctl(&["account", "list", tenant]).await.is_empty());
    until(async || {
        let metrics = gateway.get("/metrics");
        let gone = metrics.contains("pushmail_accounts{phase=\"live\"} 0");
        gone.then_some(()).ok_or(metrics)
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_needs_attention_and_no_other_account_suffers() {
    let Some(mut world) = World::start().await else {
        return;
    };
    let World {
        mailbox,
        gateway,
        tenant,
        listener,
        ..
    } = &mut world;
    let other = mailbox.another();
    let wrong = gateway
        .account(tenant, &other.imaps(), &["--password-env", "WRONG"])
        .await;
    let standing = until(async || {
        let standing = gateway.standing(tenant, &wrong).await;
        let told =
            text(&standing, "state") == "needs_attention" && !text(&standing, "detail").is_empty();
        if told {
            Ok(standing)
        } else {
            Err(standing.to_string())
        }
    })
    .await;
    let detail = text(&standing, "detail");
    assert!(
        detail.contains("rejected the password") && detail.contains(&other.user),
        "{detail}"
    );
    assert!(
        detail.contains("check the user name and the password"),
        "{detail}"
    );
    assert!(
        !standing.to_string().contains("not-the-password"),
        "{standing}"
    );

    let id = mailbox.deliver("beside a wrong password");
    assert_eq!(listener.mail().await, id);
}

#[tokio::test]
async fn a_new_password_is_tried_at_once() {
    let Some(world) = World::start().await else {
        return;
    };
    let World {
        mailbox,
        gateway,
        tenant,
        ..
    } = &world;
    let other = mailbox.another();
    let account = gateway
        .account(tenant, &other.imaps(), &["--password-env", "WRONG"])
        .await;
    let stands = async |state: &str| {
        until(async || {
            let standing = gateway.standing(tenant, &account).await;
            let stands = text(&standing, "state") == state;
            stands.then_some(()).ok_or_else(|| standing.to_string())
        })
        .await;
    };
    stands("needs_attention").await;
    gateway
        .ctl(&[
            "account",
            "update",
            tenant,
            &account,
            "--password-env",
            "PW",
        ])
        .await;
    stands("live").await;
}

#[tokio::test]
async fn what_an_account_watches_is_shown_and_changed() {
    let Some(world) = World::start().await else {
        return;
    };
    let World {
        gateway,
        tenant,
        account,
        ..
    } = &world;
    let standing = gateway.standing(tenant, account).await;
    assert_eq!(standing["selection"], json!(["INBOX"]));
    assert_eq!(
        standing["folders"],
        json!(["INBOX"]),
        "its server was asked"
    );
    assert_eq!(standing["events"], "new");
    let changes = ["--events", "all", "--address", "zoe@example.org"];
    let update = [&["account", "update", tenant, account], &changes[..]].concat();
    let updated = gateway.ctl(&update).await.remove(0);
    assert_eq!(updated["events"], "all");
    assert_eq!(updated["address"], "zoe@example.org");
    assert_eq!(updated["selection"], json!(["INBOX"]), "it was not named");
    let refusal = gateway
        .refusal(&["account", "update", tenant, account])
        .await;
    assert!(refusal.contains("nothing to change"), "{refusal}");
}

#[tokio::test]
async fn an_account_may_log_in_with_a_token() {
    let Some(world) = World::start().await else {
        return;
    };
    let World {
        mailbox,
        gateway,
        tenant,
        ..
    } = &world;
    let other = mailbox.another();
    let token = other.dovecot.token(&other.user);
    let args = [
        "account",
        "create",
        tenant,
        &other.starttls(),
        "--oauth-token-env",
        "TOKEN",
    ];
    let mut create = gateway.ctl_command(&args);
    let made = run(create.env("TOKEN", token)).await;
    let account = objects(&made.stdout).remove(0);
    let mut tail = gateway.tail(tenant, text(&account, "id"));
    wait_for(&mut tail, |object| object["state"] == "live").await;
    let id = other.deliver("by token");
    let mail = wait_for(&mut tail, |object| object["type"] == "message.new").await;
    assert_eq!(text(&mail, "message_id"), id);
}

#[tokio::test]
async fn tail_prints_what_is_logged() {
    let Some(world) = World::start().await else {
        return;
    };
    let World {
        mailbox,
        gateway,
        tenant,
        account,
        ..
    } = &world;
    let mut tail = gateway.tail(tenant, account);
    let first = wait_for(&mut tail, |_| true).await;
    assert_eq!(
        (text(&first, "state"), text(&first, "account")),
        ("live", account.as_str())
    );
    let id = mailbox.deliver("tailed");
    let mail = wait_for(&mut tail, |object| object["type"] == "message.new").await;
    assert_eq!(text(&mail, "message_id"), id);
}

#[tokio::test]
async fn signal_content_holds_nothing_of_the_mail() {
    let Some(world) = World::start().await else {
        return;
    };
    let World {
        mailbox,
        gateway,
        tenant,
        ..
    } = &world;
    let quiet = mailbox.another();
    let more = ["--password-env", "PW", "--content", "signal"];
    let account = gateway.account(tenant, &quiet.imaps(), &more).await;
    let mut tail = gateway.tail(tenant, &account);
    wait_for(&mut tail, |object| object["state"] == "live").await;
    quiet.deliver("for nobody's eyes");
    let mail = wait_for(&mut tail, |object| object["type"] == "message.new").await;
    for field in ["message_id", "from", "subject", "preview"] {
        assert_eq!(text(&mail, field), "", "{mail}");
    }
}

#[tokio::test]
async fn a_loopback_upstream_is_refused_and_names_the_setting_that_allows_it() {
    let gateway = Gateway::start(&Config {
        public_only: true,
        ..Config::default()
    })
    .await;
    let tenant = gateway.tenant("acme").await;
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("imaps://me@{host}:993");
        let refusal = gateway
            .refusal(&["account", "create", &tenant, &url, "--password-env", "PW"])
            .await;
        assert!(refusal.contains("upstream.allow_networks"), "{refusal}");
    }
}

#[tokio::test]
async fn accounts_of_another_tenant_are_not_found() {
    let Some(mailbox) = Mailbox::new() else {
        return;
    };
    let gateway = Gateway::start(&Config::default()).await;
    let (one, other) = (gateway.tenant("one").await, gateway.tenant("other").await);
    let account = gateway
        .account(&one, &mailbox.imaps(), &["--password-env", "PW"])
        .await;
    for verb in ["get", "pause", "resume", "delete"] {
        let refusal = gateway.refusal(&["account", verb, &other, &account]).await;
        assert!(refusal.contains("has no account"), "{refusal}");
    }
    let refusal = gateway
        .refusal(&["device", "create", &other, "phone", "--account", &account])
        .await;
    assert!(refusal.contains("is no account of tenant"), "{refusal}");
    gateway.standing(&one, &account).await;
}
