//! What the fuzz targets do, over what they once found and over seeded random inputs.

use crate::fuzz_bodies;
use proptest::prelude::*;
use pushmail_testkit::fuzzing::Target;

const WIRE: Target<'_> = target("wire");
const FLOW: Target<'_> = target("flow");
const SERVER: Target<'_> = target("server");
/// How many random inputs each target gets.
const ROUNDS: u32 = 100;

const fn target(name: &str) -> Target<'_> {
    Target {
        package: env!("CARGO_MANIFEST_DIR"),
        name,
    }
}

fn wire(bytes: &[u8]) {
    fuzz_bodies::wire_in_pieces(bytes);
}

fn flow(bytes: &[u8]) {
    drop(fuzz_bodies::flow(bytes));
}

fn server(bytes: &[u8]) {
    drop(fuzz_bodies::server(bytes));
}

#[test]
fn what_fuzzing_found_once_stays_mended() {
    WIRE.run_regressions(wire);
    FLOW.run_regressions(flow);
    SERVER.run_regressions(server);
}

#[test]
fn mutated_inputs_break_no_promise() {
    WIRE.run_mutated(ROUNDS, wire);
    FLOW.run_mutated(ROUNDS, flow);
    SERVER.run_mutated(ROUNDS, server);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_server_that_keeps_to_the_protocol_is_understood(bytes in proptest::collection::vec(any::<u8>(), 3..200)) {
        fuzz_bodies::server(&bytes);
    }
}
