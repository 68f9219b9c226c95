//! On three servers: the contract, a leader that goes, and replicas that are behind.

use crate::live::every_next_event_comes;
use crate::trio::Trio;
use futures::future::join_all;
use pushmail_domain::{AccountId, Shard};
use pushmail_eventlog::AppendErrorKind::Ambiguous;
use pushmail_eventlog::contract::sample::{
    ALL, TENANT, Writer, accounts_of_distinct_shards, events, message, messages,
};
use pushmail_eventlog::{EventLog as _, TenantLog as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Runs promises of the contract one after the other on the same servers, each with empty streams.
macro_rules! keeps {
    ($trio:expr; $($module:ident { $($promise:ident)+ })+) => {
        let trio = $trio;
        $($(
            eprintln!("{}", stringify!($promise));
            Box::pin(pushmail_eventlog::contract::$module::$promise(&trio)).await;
            trio.clear().await;
        )+)+
    };
}

#[tokio::test]
async fn the_contract_holds_on_replicated_streams() {
    let Some(trio) = Trio::start() else { return };
    keeps! { trio;
        fence {
            a_stale_epoch_is_refused_and_stores_nothing
            a_stale_epoch_is_refused_even_if_the_id_is_logged
            an_epoch_of_another_shard_is_refused
            taking_again_raises_the_epoch_even_for_the_same_worker
            taking_tells_the_last_sequence_of_the_shard
            taking_tells_the_epoch_before
            a_new_generation_makes_every_epoch_stale
            the_newest_epoch_of_a_shard_can_be_asked_for
        }
        append {
            events_are_stored_in_order_with_rising_sequences
            concurrent_appends_to_many_shards_are_all_stored
        }
        dedupe {
            an_id_within_the_window_is_not_stored_again
            a_batch_of_new_and_logged_ids_stores_the_new_ones
            an_id_twice_in_one_batch_is_stored_once
        }
        read {
            a_shard_is_read_within_its_bounds
            a_shard_gives_only_its_own_events
            an_account_is_read_from_any_place
            the_newest_events_of_an_account_come_oldest_first
            another_tenant_reads_nothing
            a_record_tells_whose_it_is
        }
        tenant {
            a_page_is_bounded_and_says_how_far_it_reaches
            what_comes_live_is_in_the_next_page
            only_the_tenant_s_events_come_live
        }
        live {
            every_later_event_comes_once_and_in_order
            a_live_event_can_already_be_read
            refused_and_duplicate_events_do_not_come_live
            every_subscriber_gets_every_event
            only_followed_shards_come_live
            previous_links_the_events_of_an_account
            a_slow_subscriber_is_told_and_holds_up_nobody
        }
    }
}

/// After each few events a writer rests: many more of them would prove no more.
const REST: Duration = Duration::from_millis(10);

/// Appends until it succeeds, as a writer does that settles what is ambiguous.
async fn persist(writer: &Writer<'_>, account: AccountId, uids: std::ops::RangeInclusive<u32>) {
    loop {
        match writer.try_append(messages(account, uids.clone())).await {
            Ok(_) => return,
            Err(error) => assert_eq!(error.kind, Ambiguous, "{error:?}"),
        }
    }
}

#[tokio::test]
async fn nothing_is_lost_or_doubled_when_a_leader_goes() {
    let Some(trio) = Trio::start().map(Arc::new) else {
        return;
    };
    let mut config = trio.config();
    config.publish_timeout = Duration::from_secs(2);
    let log = trio.open_with(config).await;
    let accounts = accounts_of_distinct_shards(16);
    let is_over = AtomicBool::new(false);
    let write = async |account: AccountId| {
        let writer = Writer::take(&log, account).await;
        let mut stored = 0;
        while !is_over.load(Ordering::Relaxed) {
            persist(&writer, account, stored + 1..=stored + 1).await;
            persist(&writer, account, stored + 2..=stored + 4).await;
            stored += 4;
            tokio::time::sleep(REST).await;
        }
        stored
    };
    let go = async {
        for account in [accounts[0], accounts[15]] {
            let stream = Shard::of(account).stream();
            let begin = log.stream_last(stream).await.unwrap();
            while log.stream_last(stream).await.unwrap() < begin + 20 {}
            let trio = Arc::clone(&trio);
            let replace = move || trio.replace_leader(stream);
            tokio::task::spawn_blocking(replace).await.unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let writes = join_all(accounts.iter().map(|account| write(*account)));
    let (written, ()) = futures::join!(writes, go);

    for (account, written) in accounts.into_iter().zip(written) {
        let stored = log.read_account(TENANT, account, 0, ALL).await.unwrap();
        assert_eq!(events(stored), messages(account, 1..=written));
    }
    assert_eq!(log.surplus_records().await.unwrap(), []);
}

/// Reads each event right after it was acknowledged, at a server that does not lead its stream; the
/// number of the first that was not there.
async fn first_missing(trio: &Trio, plant: bool, tries: u32) -> Option<u32> {
    let account = accounts_of_distinct_shards(1)[0];
    let stream = Shard::of(account).stream();
    trio.open().await;
    let mut config = trio.config();
    config.urls = vec![trio.follower_of(stream)];
    config.plant_stale_replica = plant;
    let log = trio.open_with(config).await;
    let writer = Writer::take(&log, account).await;
    for uid in 1..=tries {
        let at = writer.append(vec![message(account, uid)]).await[0].position;
        let read = log.read_account(TENANT, account, at.sequence - 1, 1).await;
        if read.unwrap().is_empty() {
            return Some(uid);
        }
    }
    None
}

#[tokio::test]
async fn what_was_acknowledged_is_read_though_the_replica_is_behind() {
    let Some(trio) = Trio::start() else { return };
    assert_eq!(first_missing(&trio, false, 1_000).await, None);
    trio.clear().await;
    // Without the leader's word, the same reads do miss events: so the test can fail.
    assert!(first_missing(&trio, true, 20_000).await.is_some());
}

#[tokio::test]
async fn the_next_event_of_a_followed_shard_comes_from_another_server() {
    let Some(trio) = Trio::start() else { return };
    let writer = trio.open().await;
    for (node, uid) in [(0, 1), (1, 2), (2, 3)] {
        let mut config = trio.config();
        config.urls = vec![trio.servers().node(node).url()];
        let reader = trio.open_with(config).await;
        every_next_event_comes(&reader, &writer, uid, 60).await;
    }
}
