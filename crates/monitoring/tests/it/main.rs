//! What is made agrees with what is written by hand.

use pushmail_monitoring::{Alert, alerts, files};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_files_are_what_they_would_be_made_to_be() {
    for file in files() {
        let now = fs::read_to_string(root().join(&file.path));
        let path = file.path.display();
        assert!(
            now.is_ok_and(|content| content == file.content),
            "{path} is out of date: run `cargo xtask dashboards`"
        );
    }
}

#[test]
fn no_dashboard_is_left_that_nothing_makes() {
    let made: BTreeSet<PathBuf> = files().into_iter().map(|file| file.path).collect();
    let folder = "charts/pushmail/monitoring/dashboards";
    for entry in fs::read_dir(root().join(folder)).expect("there are dashboards") {
        let path = Path::new(folder).join(entry.expect("it can be read").file_name());
        assert!(made.contains(&path), "nothing makes {}", path.display());
    }
}

#[test]
fn every_alert_has_a_runbook_that_says_what_to_do() {
    for alert in alerts() {
        let page = alert.runbook();
        let text = fs::read_to_string(root().join(&page)).expect(&page);
        assert!(text.starts_with(&format!("# {}\n", alert.name)), "{page}");
        for part in ["## What it means", "## What to look at", "## What to do"] {
            assert!(text.contains(part), "{page} has no {part:?}");
        }
    }
}

#[test]
fn every_runbook_is_of_an_alert() {
    let names: BTreeSet<String> = alerts()
        .iter()
        .map(|alert| format!("{}.md", alert.name))
        .collect();
    for entry in fs::read_dir(root().join("docs/runbook")).expect("there are runbooks") {
        let name = entry.expect("it can be read").file_name();
        let name = name.to_string_lossy();
        assert!(name == "README.md" || names.contains(&*name), "{name}");
    }
}

#[test]
fn every_alert_is_tested_with_promtool() {
    let tests = include_str!("../../alerts.test.yaml");
    let is_tested = |alert: &Alert| tests.contains(&format!("alertname=\"{}\"", alert.name));
    let untested: Vec<_> = alerts()
        .iter()
        .filter(|one| !is_tested(one))
        .map(|one| one.name)
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}
