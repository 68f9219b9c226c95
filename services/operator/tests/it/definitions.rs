//! The chart's definitions are those of the program.

use pushmail_operator::crd;
use std::path::Path;

#[test]
fn the_definitions_in_the_chart_are_up_to_date() {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/pushmail-crds/definitions");
    for (name, text) in crd::files().expect("they can be written") {
        let file = std::fs::read_to_string(folder.join(name)).expect("the chart has it");
        assert_eq!(
            file, text,
            "{name} is out of date: run `cargo xtask generate`"
        );
    }
}

#[test]
fn the_status_is_a_part_of_its_own() {
    for (name, definition) in crd::definitions() {
        for version in definition.spec.versions {
            let parts = version.subresources.expect("there are some");
            assert!(
                parts.status.is_some(),
                "{name}: a spec's owner must not write the status"
            );
        }
    }
}
