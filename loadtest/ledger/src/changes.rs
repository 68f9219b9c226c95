//! What came of the changes: the findings of all mailboxes, summed up.

mod versions;

use crate::device::Violation;
use crate::judge::{Case, Findings};
use crate::received::{Output, Received};
use crate::workload::Change;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

pub(crate) use versions::gaps;

/// So many violations are named.
const NAMED: usize = 10;

/// The sums over all mailboxes, and over those of each server.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Changes {
    /// Promises that were broken.
    pub(crate) violations: u64,
    /// The first of them.
    pub(crate) first_violations: Vec<Violation>,
    /// Deletions that were not told where they are told as well as can be.
    pub(crate) missed_deletions: u64,
    /// Distinct events received, by type.
    pub(crate) events: BTreeMap<String, u64>,
    pub(crate) servers: BTreeMap<String, OfServer>,
    #[serde(skip)]
    pub(crate) came: u64,
    #[serde(skip)]
    pub(crate) told: u64,
    #[serde(skip)]
    pub(crate) lost: u64,
}

/// The sums over the mailboxes of one server.
#[derive(Debug, Default, Serialize)]
pub(crate) struct OfServer {
    mailboxes: u64,
    violations: u64,
    missed_deletions: u64,
    /// Changes made, by kind.
    changes: BTreeMap<Change, u64>,
    /// Distinct events received, by type.
    events: BTreeMap<String, u64>,
}

impl Changes {
    /// Judges every mailbox by what the devices received.
    pub(crate) fn new(cases: &[Case], output: &Output) -> Self {
        let mut seen = HashSet::new();
        let mut events: HashMap<&str, Vec<&Received>> = HashMap::new();
        let distinct = output.events.iter();
        for event in distinct.filter(|event| seen.insert(event.event.as_str())) {
            events.entry(&event.account).or_default().push(event);
        }
        let mut changes = Self::default();
        for case in cases {
            let events = events.remove(case.account.as_str()).unwrap_or_default();
            changes.add(case, &events, case.judge(&events));
        }
        for _ in 0..output.gaps {
            changes.object("the gateway said that events may be missing");
        }
        changes
    }

    fn add(&mut self, case: &Case, events: &[&Received], findings: Findings) {
        let server = self.servers.entry(case.server.clone()).or_default();
        server.mailboxes += 1;
        server.violations += findings.violations.len() as u64;
        server.missed_deletions += findings.missed_deletions;
        for (change, count) in &case.story.changes {
            *server.changes.entry(*change).or_default() += count;
        }
        for event in events {
            for counts in [&mut self.events, &mut server.events] {
                *counts.entry(event.kind.clone()).or_default() += 1;
            }
        }
        self.came += case.story.came();
        self.told += findings.told;
        self.lost += findings.lost;
        self.missed_deletions += findings.missed_deletions;
        self.violations += findings.violations.len() as u64;
        let free = NAMED - self.first_violations.len();
        let named = findings.violations.into_iter().take(free);
        self.first_violations.extend(named);
    }

    /// Adds a violation that is about no folder.
    pub(crate) fn object(&mut self, what: &str) {
        self.violations += 1;
        if self.first_violations.len() < NAMED {
            self.first_violations.push(Violation {
                server: String::new(),
                account: String::new(),
                folder: String::new(),
                uid: None,
                what: what.to_owned(),
            });
        }
    }

    /// Tells people, in short.
    pub(crate) fn print(&self) {
        for (name, server) in &self.servers {
            let changes: u64 = server.changes.values().sum();
            let events: u64 = server.events.values().sum();
            eprintln!(
                "{name}: {} mailboxes, {changes} changes, {events} events, {} violations",
                server.mailboxes, server.violations
            );
        }
        for violation in &self.first_violations {
            let uid = violation.uid.map(|uid| format!(" UID {uid}"));
            eprintln!(
                "  {} {} {}{}: {}",
                violation.server,
                violation.account,
                violation.folder,
                uid.unwrap_or_default(),
                violation.what
            );
        }
    }
}
