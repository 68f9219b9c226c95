//! Random bytes as a server's answer, or as the body of one: no panic, bounded memory, pieces do not matter, and what
//! it names can be asked for.
//!
//! `cargo xtask fuzz --target answer`

#![no_main]

#[path = "../../../eas/tests/it/fuzz_bodies.rs"]
mod fuzz_bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    fuzz_bodies::answer(bytes);
});
