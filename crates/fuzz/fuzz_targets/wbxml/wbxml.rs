//! Random bytes through the decoder and the encoder: no panic, bounded memory, pieces do not matter, and what is written
//! is read as it was.
//!
//! `cargo xtask fuzz --target wbxml`

#![no_main]

#[path = "../../../wbxml/tests/it/fuzz_bodies.rs"]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz_bodies::wbxml(bytes);
});
