//! The promises of [`EventLog`](crate::EventLog) and [`TenantLog`] as tests that every adapter runs.
//!
//! An adapter writes a [`Fixture`] and calls [`eventlog_contract!`](crate::eventlog_contract) in its
//! test crate, which needs `tokio` with `macros` and `time`. Each function of the submodules is one
//! promise and panics where it is broken.
#![expect(
    clippy::unwrap_used,
    reason = "the suite is test code, kept where every adapter can reach it"
)]

pub mod append;
pub mod dedupe;
pub mod durability;
pub mod fence;
pub mod live;
pub mod read;
pub mod sample;
pub mod tenant;

use crate::TenantLog;
use std::future::Future;
use std::sync::Arc;

/// What the suite needs of an adapter: one empty log for each test.
pub trait Fixture {
    /// Opens the log: empty, since each test has a fixture of its own. Called once.
    fn open(&self) -> impl Future<Output = Arc<dyn TenantLog>>;

    /// Closes `log`, of which the caller kept no copy, and opens the same data again.
    fn reopen(&self, log: Arc<dyn TenantLog>) -> impl Future<Output = Arc<dyn TenantLog>>;

    /// Lets so much time pass that everything stored before is outside of the dedupe window.
    fn outlast_dedupe_window(&self) -> impl Future<Output = ()>;

    /// A live subscriber further behind than twice this many events is told that it lagged.
    fn live_capacity(&self) -> usize;
}

/// Writes one `#[tokio::test]` for each promise of the event log.
///
/// The argument is an expression that makes a fresh [`Fixture`]; it is
/// evaluated in each test.
#[macro_export]
macro_rules! eventlog_contract {
    ($fixture:expr) => {
        $crate::eventlog_contract! { @tests $fixture;
            fence {
                a_stale_epoch_is_refused_and_stores_nothing
                a_stale_epoch_is_refused_even_if_the_id_is_logged
                an_epoch_of_another_shard_is_refused
                taking_again_raises_the_epoch_even_for_the_same_worker
                taking_tells_the_last_sequence_of_the_shard
                taking_tells_the_epoch_before
                a_new_generation_makes_every_epoch_stale
                a_generation_that_was_seen_is_raised_once
                the_newest_epoch_of_a_shard_can_be_asked_for
            }
            append {
                events_are_stored_in_order_with_rising_sequences
                an_empty_append_is_invalid
                more_than_a_hundred_events_are_invalid
                an_event_of_another_shard_makes_all_invalid
                concurrent_appends_to_many_shards_are_all_stored
            }
            dedupe {
                an_id_within_the_window_is_not_stored_again
                a_batch_of_new_and_logged_ids_stores_the_new_ones
                an_id_twice_in_one_batch_is_stored_once
                an_id_outside_the_window_is_stored_again_and_reported
            }
            read {
                a_shard_is_read_within_its_bounds
                a_shard_gives_only_its_own_events
                an_account_is_read_from_any_place
                the_newest_events_of_an_account_come_oldest_first
                another_tenant_reads_nothing
                a_record_tells_whose_it_is
                a_purge_removes_one_account_and_no_other
                a_purge_below_a_record_leaves_it_and_what_came_later
                another_tenant_purges_nothing
            }
            tenant {
                a_tenant_s_events_are_read_stream_by_stream
                a_page_is_bounded_and_says_how_far_it_reaches
                every_event_is_in_one_stream
                another_tenant_s_events_move_the_reach_and_are_not_given
                a_purge_leaves_the_end_of_the_stream
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
            durability {
                reopening_keeps_events_and_their_positions
                reopening_keeps_fences
                reopening_keeps_the_dedupe_window
                sequences_rise_across_reopening_and_purging
            }
        }
    };
    (@tests $fixture:expr; $($module:ident { $($promise:ident)+ })+) => {
        $($(
            #[::tokio::test]
            async fn $promise() {
                let fixture = $fixture;
                ::tokio::time::timeout(
                    ::std::time::Duration::from_secs(60),
                    $crate::contract::$module::$promise(&fixture),
                )
                .await
                .expect("the promise is kept or broken within a minute");
            }
        )+)+
    };
}
