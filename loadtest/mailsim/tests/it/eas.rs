//! ActiveSync, spoken to by the client's side of it, `pushmail-eas`.

mod autodiscover;
mod device;
mod faults;
mod folders;
mod http;
mod items;
mod mail;
mod ping;
mod provisioning;
mod repeats;
mod strict;
mod versions;
#[expect(
    clippy::unwrap_used,
    reason = "a helper of tests: its failure is the failure of the test"
)]
#[path = "../../../../crates/eas/tests/it/xml.rs"]
mod xml;
