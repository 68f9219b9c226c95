//! What a tool said of a module.

use serde_json::Value;
use std::process::Output;

/// Whether it passes, and what was said.
pub(super) struct Verdict {
    pub(super) passes: bool,
    pub(super) told: String,
}

/// The state after one run of a test.
pub(super) struct State {
    /// The run's name.
    pub(super) run: String,
    state: Value,
}

impl Verdict {
    pub(super) fn passed(told: String) -> Self {
        Self { passes: true, told }
    }

    /// It failed, with this output.
    pub(super) fn refused(output: &Output) -> Self {
        let told = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        Self {
            passes: false,
            told: told.concat(),
        }
    }

    /// It failed, for this reason.
    pub(super) fn fails(told: String) -> Self {
        Self {
            passes: false,
            told,
        }
    }
}

impl State {
    /// An output that is a text.
    pub(super) fn output(&self, name: &str) -> Option<&str> {
        let path = format!("/outputs/{name}/value");
        // OpenTofu has them one level further down than Terraform.
        let values = self.state.get("values").unwrap_or(&self.state);
        values.pointer(&path).and_then(Value::as_str)
    }

    /// All of it, as it would be stored.
    pub(super) fn text(&self) -> String {
        self.state.to_string()
    }
}

/// The verdict of `test -json -verbose`, and the states that it told of.
pub(super) fn of_tests(output: &Output) -> (Verdict, Vec<State>) {
    let mut states = Vec::new();
    let mut complaints = String::new();
    let mut passed = 0;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(told) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        if let Some(state) = told.get("test_state") {
            states.push(State {
                run: told["@testrun"].as_str().unwrap_or_default().to_owned(),
                state: state.clone(),
            });
        }
        if let Some(diagnostic) = told
            .get("diagnostic")
            .filter(|told| told["severity"] == "error")
        {
            let text = |key: &str| diagnostic[key].as_str().unwrap_or_default();
            let run = told["@testrun"].as_str().unwrap_or_default();
            complaints += &format!("{run}: {}: {}\n", text("summary"), text("detail"));
        }
        if let Some(count) = told.pointer("/test_summary/passed").and_then(Value::as_u64) {
            passed = count;
        }
    }
    if !output.status.success() {
        let unheard = String::from_utf8_lossy(&output.stderr);
        return (Verdict::fails(format!("{complaints}{unheard}")), states);
    }
    if passed == 0 {
        return (Verdict::fails("no test ran".to_owned()), states);
    }
    (
        Verdict::passed(format!("valid, {passed} tests pass")),
        states,
    )
}
