//! The promises of [`Registry`](crate::Registry), [`Subscriptions`](crate::Subscriptions),
//! [`Generations`](crate::Generations) and [`WrappedKeys`](crate::WrappedKeys) as tests that every adapter runs.
//!
//! An adapter calls [`registry_contract!`](crate::registry_contract) in its test crate, which needs
//! `tokio` with `macros` and `time`. Each function of the submodules is one promise and panics
//! where it is broken.
#![expect(
    clippy::unwrap_used,
    reason = "the suite is test code, kept where every adapter can reach it"
)]

pub mod accounts;
pub mod changes;
pub mod checkpoints;
pub mod devices;
pub mod generations;
pub mod keys;
pub mod sample;
pub mod settings;
pub mod shards;
pub mod subscriptions;
pub mod tenancy;
pub mod tenants;

/// Writes one `#[tokio::test]` for each promise of the registry.
///
/// The argument is an expression of a future that opens an empty registry; it is evaluated in each
/// test. The future's output is the registry and whatever must live as long, such as its folder; or
/// `None` if the test is to be skipped, which the expression has told whoever runs it.
#[macro_export]
macro_rules! registry_contract {
    ($fresh:expr) => {
        $crate::registry_contract! { @tests $fresh;
            tenants {
                a_tenant_reads_back_as_it_was_made
                a_repeated_request_makes_no_second_tenant
                tenants_are_listed_oldest_first_page_by_page
                deleting_a_tenant_removes_all_that_is_its_own_and_nothing_else
                deleting_a_tenant_twice_finds_nothing
            }
            accounts {
                an_account_reads_back_as_it_was_made
                an_account_of_an_unknown_tenant_is_an_invalid_reference
                a_repeated_request_makes_no_second_account
                the_same_request_id_of_two_tenants_makes_two_accounts
                accounts_are_listed_oldest_first_page_by_page
                a_page_after_an_account_that_is_gone_is_refused
                setting_what_is_desired_changes_that_and_no_more
                a_deleted_account_is_gone_with_its_credential
                a_wiped_account_has_neither_credential_nor_folders
                an_update_changes_what_it_names_and_no_more
                an_account_that_is_gone_is_not_updated
                folders_found_are_kept_until_the_selection_changes
            }
            changes {
                from_zero_every_existing_account_is_listed
                changes_come_in_the_order_of_their_versions
                a_changed_account_is_listed_once_at_its_newest_version
                setting_the_same_desire_again_is_a_change
                a_deletion_is_listed_after_all_that_came_before
                deleting_a_tenant_lists_each_of_its_accounts
                the_feed_can_be_read_in_small_parts
                a_flushed_status_is_not_a_change
            }
            shards {
                no_more_than_the_asked_shards_are_listed
                all_shards_are_the_whole_feed
                a_shards_changes_come_in_order_page_by_page
                a_shards_deletions_are_listed
                a_deleted_tenants_accounts_are_listed_by_shard
                accounts_are_counted_by_shard
            }
            devices {
                a_device_reads_back_as_it_was_made
                a_device_of_an_unknown_tenant_is_an_invalid_reference
                an_account_that_does_not_exist_is_an_invalid_reference
                another_tenants_account_is_an_invalid_reference
                a_repeated_request_makes_no_second_device
                devices_are_listed_oldest_first_page_by_page
                a_deleted_account_leaves_every_device
                a_token_replaces_the_one_before
                a_deleted_device_is_gone_with_its_token
            }
            checkpoints {
                a_shard_never_flushed_is_empty
                a_flushed_checkpoint_reads_back
                a_second_flush_replaces_only_the_accounts_it_names
                a_flush_without_accounts_moves_the_position
                an_account_shows_the_status_flushed_last
                an_older_epoch_is_refused_and_changes_nothing
                a_flush_without_accounts_guards_the_shard_too
                a_newer_generation_outranks_any_fence
                the_same_epoch_flushes_again
                a_stale_shard_does_not_hold_up_the_others
                the_same_shard_twice_is_judged_in_order
                accounts_that_are_gone_are_passed_over
                any_detail_of_a_status_is_stored
                a_deleted_account_leaves_its_shard
                thousands_of_accounts_and_shards_are_flushed_at_once
                an_accounts_memory_is_kept_apart_from_its_checkpoint
                a_stale_owner_changes_no_memory
            }
            settings {
                a_setting_never_set_is_absent
                the_first_value_inserted_stands
                a_set_value_replaces_the_one_before
            }
            generations {
                a_stream_never_raised_is_of_generation_one
                a_raised_generation_stands
                a_generation_is_raised_once_for_what_was_seen
            }
            keys {
                keys_are_replaced_if_they_are_as_they_were_read
            }
            subscriptions {
                a_subscription_is_made_where_its_first_taker_starts
                a_subscription_taken_again_is_where_it_was_left
                an_older_taker_moves_nothing
                a_tenant_has_so_many_subscriptions_and_no_more
                a_deleted_subscription_is_gone
                deleting_a_tenant_removes_its_subscriptions
                another_tenant_does_not_find_or_move_the_subscription
            }
            tenancy {
                another_tenant_does_not_find_the_account
                another_tenant_does_not_change_the_account
                another_tenant_does_not_find_the_device
                another_tenant_does_not_change_the_device
                a_page_after_another_tenants_account_or_device_is_refused
            }
        }
    };
    (@tests $fresh:expr; $($module:ident { $($promise:ident)+ })+) => {
        $($(
            #[::tokio::test]
            async fn $promise() {
                let ::std::option::Option::Some((registry, _kept)) = $fresh.await else {
                    return;
                };
                ::tokio::time::timeout(
                    ::std::time::Duration::from_secs(60),
                    $crate::contract::$module::$promise(&registry),
                )
                .await
                .expect("the promise is kept or broken within a minute");
            }
        )+)+
    };
}
