//! Random bytes through the decoder: no panic, bounded memory, and pieces do not matter.
//!
//! `cargo xtask fuzz --target wire`

#![no_main]

#[expect(dead_code, reason = "the other targets use the rest")]
#[path = "../../../imap/tests/it/fuzz_bodies.rs"]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz_bodies::wire_in_pieces(bytes);
});
