//! The tags of all code pages (MS-ASWBXML, section 2.1.2.1), a module for each page.
//!
//! Names and tokens are those of the specification as it is today. Tags that it no longer lists, mostly of protocol 2.5,
//! are named as its first revision did. Names differ among implementations; on the wire there are only tokens.

use crate::page::Page;

/// Defines the tags of a code page as constants, and the page's table.
macro_rules! page {
    ($number:literal $namespace:literal $($constant:ident = $token:literal $name:literal $versions:ident;)+) => {
        $(
            #[doc = concat!("`", $name, "`, token ", stringify!($token), ".")]
            pub const $constant: $crate::Tag = $crate::Tag::known($number, $token);
        )+

        pub(crate) static PAGE: $crate::Page = $crate::Page {
            number: $number,
            namespace: $namespace,
            entries: &[$($crate::Entry { tag: $constant, name: $name, versions: $versions }),+],
        };
    };
}

pub mod air_notify;
pub mod air_sync;
pub mod air_sync_base;
pub mod calendar;
pub mod compose_mail;
pub mod contacts;
pub mod contacts2;
pub mod document_library;
pub mod email;
pub mod email2;
pub mod find;
pub mod folder_hierarchy;
pub mod gal;
pub mod get_item_estimate;
pub mod item_operations;
pub mod meeting_response;
pub mod move_items;
pub mod notes;
pub mod ping;
pub mod provision;
pub mod resolve_recipients;
pub mod rights_management;
pub mod search;
pub mod settings;
pub mod tasks;
pub mod validate_cert;

/// By number.
pub(crate) static ALL: [&Page; 26] = [
    &air_sync::PAGE,
    &contacts::PAGE,
    &email::PAGE,
    &air_notify::PAGE,
    &calendar::PAGE,
    &move_items::PAGE,
    &get_item_estimate::PAGE,
    &folder_hierarchy::PAGE,
    &meeting_response::PAGE,
    &tasks::PAGE,
    &resolve_recipients::PAGE,
    &validate_cert::PAGE,
    &contacts2::PAGE,
    &ping::PAGE,
    &provision::PAGE,
    &search::PAGE,
    &gal::PAGE,
    &air_sync_base::PAGE,
    &settings::PAGE,
    &document_library::PAGE,
    &item_operations::PAGE,
    &compose_mail::PAGE,
    &email2::PAGE,
    &notes::PAGE,
    &rights_management::PAGE,
    &find::PAGE,
];
