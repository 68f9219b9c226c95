//! A tenant's backend: `pushmail ctl events subscribe`.

use super::World;
use crate::support::{Gateway, LIMIT, interrupt, text, until, wait_for};
use pushmail_testkit::Process;
use serde_json::Value;

/// A subscriber named `crm` for new mail, and where it stands when it has opened.
async fn subscribe(gateway: &Gateway, tenant: &str, more: &[&str]) -> (Process, Value) {
    let args = [
        "events",
        "subscribe",
        tenant,
        "crm",
        "--type",
        "message.new",
    ];
    let mut process = Process::start(gateway.ctl_command(&[&args, more].concat()));
    let opened = wait_for(&mut process, |object| object["type"] == "opened").await;
    (process, opened)
}

async fn mail(subscriber: &mut Process) -> Value {
    wait_for(subscriber, |object| object["type"] == "message.new").await
}

/// The Message-ID of the next mail.
async fn mail_id(subscriber: &mut Process) -> String {
    text(&mail(subscriber).await, "message_id").to_owned()
}

#[tokio::test]
async fn a_backend_that_stopped_goes_on_where_it_was_and_gets_nothing_twice() {
    let Some(world) = World::start().await else {
        return;
    };
    let World {
        mailbox,
        gateway,
        tenant,
        ..
    } = &world;
    let (mut backend, opened) = subscribe(gateway, tenant, &[]).await;
    assert_eq!(opened["resumed"], false);
    let first = mailbox.deliver("first");
    let event = mail(&mut backend).await;
    assert_eq!(
        (text(&event, "message_id"), &event["attempt"]),
        (&first[..], &1.into())
    );
    assert_eq!(interrupt(&mut backend).await, Some(0));

    let missed = [mailbox.deliver("missed 1"), mailbox.deliver("missed 2")];
    let (mut backend, opened) = subscribe(gateway, tenant, &[]).await;
    assert_eq!(opened["resumed"], true);
    assert_eq!(
        [mail_id(&mut backend).await, mail_id(&mut backend).await],
        missed
    );
    let live = mailbox.deliver("live again");
    assert_eq!(mail_id(&mut backend).await, live);
}

#[tokio::test]
async fn a_killed_backend_gets_again_what_it_had_not_acknowledged() {
    let Some(world) = World::start().await else {
        return;
    };
    let World {
        mailbox,
        gateway,
        tenant,
        ..
    } = &world;
    let (mut backend, _) = subscribe(gateway, tenant, &["--ack", "manual"]).await;
    let mails = [mailbox.deliver("one"), mailbox.deliver("two")];
    assert_eq!(
        [mail_id(&mut backend).await, mail_id(&mut backend).await],
        mails
    );
    backend.kill().await;
    let (mut backend, opened) = subscribe(gateway, tenant, &[]).await;
    assert_eq!(opened["resumed"], true);
    assert_eq!(
        [mail_id(&mut backend).await, mail_id(&mut backend).await],
        mails
    );
}

#[tokio::test]
async fn a_killed_gateway_loses_nothing_and_its_backend_comes_back_by_itself() {
    let Some(mut world) = World::start().await else {
        return;
    };
    let World {
        mailbox,
        gateway,
        tenant,
        ..
    } = &mut world;
    let (mut backend, _) = subscribe(gateway, tenant, &["--start", "earliest"]).await;
    let before = mailbox.deliver("before the kill");
    assert_eq!(mail_id(&mut backend).await, before);
    gateway.kill().await;
    wait_for(&mut backend, |object| object["type"] == "disconnected").await;
    let meanwhile = mailbox.deliver("meanwhile");
    gateway.restart().await;
    let opened = wait_for(&mut backend, |object| object["type"] == "opened").await;
    assert_eq!(opened["resumed"], true);
    let mut next = mail_id(&mut backend).await;
    if next == before {
        // Acknowledged, and killed before that was stored: at least once.
        next = mail_id(&mut backend).await;
    }
    assert_eq!(next, meanwhile);

    // A drain stores what was acknowledged: nothing comes twice.
    assert_eq!(gateway.terminate().await, Some(0));
    let left = wait_for(&mut backend, |object| object["type"] == "disconnected").await;
    assert!(left["pause_ms"].as_u64().unwrap() <= 5_000, "{left}");
    let later = mailbox.deliver("while it was down");
    gateway.restart().await;
    assert_eq!(mail_id(&mut backend).await, later);
}

#[tokio::test]
async fn the_newest_backend_takes_the_name_and_the_list_shows_it() {
    let Some(world) = World::start().await else {
        return;
    };
    let World {
        mailbox,
        gateway,
        tenant,
        ..
    } = &world;
    let (mut first, _) = subscribe(gateway, tenant, &[]).await;
    let (mut second, _) = subscribe(gateway, tenant, &[]).await;
    assert_eq!(first.wait(LIMIT).await, Some(1));
    let said = first.errors().join("\n");
    assert!(
        said.contains("another subscriber has taken the name crm"),
        "{said}"
    );
    let id = mailbox.deliver("for the newest");
    assert_eq!(mail_id(&mut second).await, id);

    let list = ["events", "subscriptions", "list", tenant];
    let listed = gateway.ctl(&list).await;
    assert_eq!(
        (text(&listed[0], "name"), &listed[0]["open"]),
        ("crm", &true.into())
    );
    assert_eq!(interrupt(&mut second).await, Some(0));
    until(async || {
        let listed = gateway.ctl(&list).await;
        let closed = listed[0]["open"] == false;
        closed.then_some(()).ok_or_else(|| listed[0].to_string())
    })
    .await;
    let delete = ["events", "subscriptions", "delete", tenant, "crm"];
    gateway.ctl(&delete).await;
    assert!(gateway.ctl(&list).await.is_empty());
    let refusal = gateway.refusal(&delete).await;
    assert!(refusal.contains("has no subscription crm"), "{refusal}");
}

#[tokio::test]
async fn a_backend_that_filters_by_account_gets_no_other_s_mail() {
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
    let other = mailbox.another();
    let more = ["--password-env", "PW"];
    let another = gateway.account(tenant, &other.imaps(), &more).await;
    let mut tail = gateway.tail(tenant, &another);
    wait_for(&mut tail, |object| object["state"] == "live").await;
    let (mut backend, _) = subscribe(gateway, tenant, &["--account", account]).await;
    other.deliver("not for this backend");
    wait_for(&mut tail, |object| object["type"] == "message.new").await;
    let wanted = mailbox.deliver("for this backend");
    assert_eq!(mail_id(&mut backend).await, wanted);
}

#[tokio::test]
async fn what_expired_while_the_backend_was_away_is_announced_until_it_is_acknowledged() {
    let Some(mut world) = World::start().await else {
        return;
    };
    let World {
        mailbox,
        gateway,
        tenant,
        account,
        ..
    } = &mut world;
    let (mut backend, _) = subscribe(gateway, tenant, &[]).await;
    assert_eq!(interrupt(&mut backend).await, Some(0));
    let mut tail = gateway.tail(tenant, account);
    mailbox.deliver("expires unseen");
    wait_for(&mut tail, |object| object["type"] == "message.new").await;
    assert_eq!(gateway.terminate().await, Some(0));

    let path = gateway.data().with_file_name("config.toml");
    let page = std::fs::read_to_string(&path).expect("the configuration");
    let short = format!("{page}[eventlog]\nretention = \"100ms\"\ndedupe_window = \"100ms\"\n");
    std::fs::write(&path, short).expect("the configuration");
    gateway.restart().await;
    let is_gap = |object: &Value| object["type"] == "gap";
    let manual = ["--ack", "manual"];
    for more in [&manual[..], &[]] {
        let (mut backend, opened) = subscribe(gateway, tenant, more).await;
        assert_eq!(opened["resumed"], true);
        let gap = wait_for(&mut backend, is_gap).await;
        assert_eq!(text(&gap, "reason"), "REASON_EXPIRED");
        assert_eq!(interrupt(&mut backend).await, Some(0));
    }
}
