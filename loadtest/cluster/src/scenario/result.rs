//! What came of a run.

use super::ledger::Counts;
use serde::Serialize;
use std::fmt::Write as _;

/// One step.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) seconds: f64,
    /// Watchers at its end.
    pub(super) watchers: usize,
    /// What was counted during it.
    pub(super) mails: u64,
    /// The longest that a mail took from the mail server to its device.
    pub(super) longest_ms: u64,
    pub(super) lost: u64,
    pub(super) doubled: u64,
    /// What was not as it has to be.
    pub(super) failures: Vec<String>,
}

/// All of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RunResult {
    pub(super) passed: bool,
    pub(super) date: String,
    pub(super) machine: Machine,
    pub(super) kubernetes: String,
    pub(super) mailboxes: u32,
    pub(super) rate: u32,
    pub(super) plant: Option<String>,
    pub(super) steps: Vec<Step>,
    #[serde(flatten)]
    pub(super) counts: Counts,
    /// What stayed after the release was uninstalled.
    pub(super) left: Vec<String>,
}

/// Where it ran.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    pub(super) cpu: String,
    pub(super) cores: usize,
    pub(super) memory_mib: u64,
    pub(super) kernel: String,
    pub(super) commit: String,
}

impl RunResult {
    pub(super) fn passed(&self) -> bool {
        self.passed
    }

    /// For people.
    pub(super) fn table(&self) -> String {
        let mut text = format!(
            "{:<28} {:>8} {:>9} {:>7} {:>11} {:>5} {:>8}\n",
            "step", "seconds", "watchers", "mails", "longest ms", "lost", "doubled"
        );
        for step in &self.steps {
            let (name, seconds) = (&step.name, step.seconds);
            let (watchers, mails, longest) = (step.watchers, step.mails, step.longest_ms);
            let (lost, doubled) = (step.lost, step.doubled);
            writeln!(
                text,
                "{name:<28} {seconds:>8.1} {watchers:>9} {mails:>7} {longest:>11} {lost:>5} {doubled:>8}"
            )
            .unwrap_or_default();
            for failure in &step.failures {
                writeln!(text, "  FAILED: {failure}").unwrap_or_default();
            }
        }
        let counts = self.counts;
        let verdict = if self.passed { "passed" } else { "FAILED" };
        writeln!(
            text,
            "{verdict}: {} sent, {} received, {} lost, {} doubled, {} resets; left: {}",
            counts.sent,
            counts.received,
            counts.lost,
            counts.doubled,
            counts.resets,
            self.left.join(" ")
        )
        .unwrap_or_default();
        text
    }
}

impl Machine {
    /// This one, with the commit of the workspace.
    pub(super) async fn look(workspace: &std::path::Path) -> Self {
        let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
        let after = |text: &str, key: &str| -> String {
            let mut lines = text.lines().filter(|line| line.starts_with(key));
            let line = lines.next().and_then(|line| line.split_once(':'));
            line.map(|(_, value)| value.trim().to_owned())
                .unwrap_or_default()
        };
        let memory = after(&read("/proc/meminfo"), "MemTotal");
        let memory: u64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
        let mut describe = crate::shell::command("git", &[]);
        describe
            .args(["describe", "--always", "--dirty", "--abbrev=12"])
            .current_dir(workspace);
        let commit = crate::shell::output(describe).await.unwrap_or_default();
        Self {
            cpu: after(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_mib: memory / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            commit: commit.trim().to_owned(),
        }
    }
}
