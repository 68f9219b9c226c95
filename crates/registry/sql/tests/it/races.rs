//! What two processes do at once, each with a registry of its own at one PostgreSQL database; and what
//! two users of one file do.

mod accounts;
mod checkpoints;
mod feed;
mod requests;
mod subscriptions;

use pushmail_registry_sql::{ServerOptions, SqlRegistry};
use pushmail_testkit::Postgres;
use tempfile::TempDir;

/// How often a race is run: one round seldom hits the moment.
const ROUNDS: u32 = 20;

async fn file() -> Option<(SqlRegistry, SqlRegistry, TempDir)> {
    let (registry, folder) = crate::file().await?;
    Some((registry.clone(), registry, folder))
}

async fn database() -> Option<(SqlRegistry, SqlRegistry, ())> {
    let url = Postgres::shared()?.database();
    let options = ServerOptions::default();
    let one = SqlRegistry::connect(&url, &options).await.unwrap();
    let other = SqlRegistry::connect(&url, &options).await.unwrap();
    Some((one, other, ()))
}

/// Writes two tests for each race: on a file and in a database.
macro_rules! races {
    ($($module:ident { $($race:ident)+ })+) => {
        mod on_a_file { $crate::races::races! { @tests file; $($($module $race)+)+ } }
        mod in_a_database { $crate::races::races! { @tests database; $($($module $race)+)+ } }
    };
    (@tests $open:ident; $($module:ident $race:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $race() {
                if let Some((one, other, _kept)) = crate::races::$open().await {
                    crate::races::$module::$race(&one, &other).await;
                }
            }
        )+
    };
}
use races;

races! {
    accounts {
        folders_never_undo_a_new_selection
        a_tenant_is_deleted_while_accounts_are_made
    }
    checkpoints {
        flushes_in_any_order_do_not_block_each_other_for_good
        a_loaded_shard_is_of_one_flush
        accounts_deleted_during_a_flush_are_passed_over
        of_two_owners_the_newer_one_stays
    }
    feed {
        a_reader_of_the_feed_misses_nothing
        a_reader_of_shards_misses_nothing
    }
    requests {
        one_request_makes_one_tenant
        one_request_makes_one_account
        one_request_makes_one_device
        one_value_of_a_setting_stands
        a_generation_is_raised_once
    }
    subscriptions {
        one_taker_makes_it_and_all_resume_it_in_turn
        no_more_are_made_than_allowed
        an_older_taker_never_moves_it_back
    }
}
