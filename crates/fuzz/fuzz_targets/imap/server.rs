//! Random events at a server that keeps to the protocol: every output keeps its promises, and no mail is missed.
//!
//! `cargo xtask fuzz --target server`

#![no_main]

#[expect(dead_code, reason = "the other targets use the rest")]
#[path = "../../../imap/tests/it/fuzz_bodies.rs"]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    drop(fuzz_bodies::server(bytes));
});
