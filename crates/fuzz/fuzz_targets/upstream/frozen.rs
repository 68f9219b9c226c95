//! Random events on the wire to a frozen TLS session: what is believed is what was said, or the connection ends.
//!
//! `cargo xtask fuzz --target frozen`

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    pushmail_upstream::tls::fuzz_frozen(bytes);
});
