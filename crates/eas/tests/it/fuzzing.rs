//! What the fuzz target does, over its corpus and over seeded random inputs.

use crate::fuzz_bodies;
use pushmail_testkit::fuzzing::Target;

const TARGET: Target<'_> = Target {
    package: env!("CARGO_MANIFEST_DIR"),
    name: "answer",
};

#[test]
fn what_is_kept_of_fuzzing_breaks_no_promise() {
    TARGET.run_kept(fuzz_bodies::answer);
}

#[test]
fn mutated_inputs_break_no_promise() {
    TARGET.run_mutated(300, fuzz_bodies::answer);
}
