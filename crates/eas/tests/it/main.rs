//! What `pushmail-eas` promises: published conversations, versions, limits, hostile answers, a real server.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

mod autodiscover;
mod flow;
mod flow_fetching;
mod flow_folders;
mod flow_pinging;
mod flow_random;
mod flow_refusals;
mod folder_sync;
mod fuzz_bodies;
mod fuzzing;
mod hostile;
mod http_answer;
mod http_limits;
mod http_request;
mod item_operations;
mod items;
mod options;
mod ping;
mod provision;
mod published;
mod settings;
mod sogo;
mod support;
mod sync_answer;
mod sync_request;
mod transcript;
mod xml;
