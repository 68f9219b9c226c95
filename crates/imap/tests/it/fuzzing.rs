//! What the fuzz targets do, over what they once found and over seeded random inputs.

use crate::fuzz_bodies;
use proptest::prelude::*;
use std::path::PathBuf;

/// Inputs that once broke a promise.
fn regressions(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("regressions");
    std::fs::read_dir(folder.join(target))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn what_fuzzing_found_once_stays_mended() {
    for (path, bytes) in regressions("flow") {
        println!("{}", path.display());
        fuzz_bodies::flow(&bytes);
    }
    for (path, bytes) in regressions("server") {
        println!("{}", path.display());
        fuzz_bodies::server(&bytes);
    }
    for (path, bytes) in regressions("wire") {
        println!("{}", path.display());
        fuzz_bodies::wire_in_pieces(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_server_that_keeps_to_the_protocol_is_understood(bytes in proptest::collection::vec(any::<u8>(), 3..200)) {
        fuzz_bodies::server(&bytes);
    }
}
