//! What an account's selection means.

use super::super::name;
use crate::wire::MailboxAttributes;
use serde::{Deserialize, Serialize};

/// Stands for every folder.
const ALL: &str = "*";
const INBOX: &str = "INBOX";

/// The folders that are wanted: see [`Account::selection`](pushmail_domain::Account).
#[derive(Serialize, Deserialize)]
pub(super) struct Selection {
    /// The main folder first.
    names: Vec<String>,
    all: bool,
}

impl Selection {
    pub(super) fn new(selection: &[String]) -> Self {
        let all = selection.iter().any(|name| name == ALL);
        let mut names: Vec<String> = Vec::new();
        if all {
            names.push(INBOX.to_owned());
        }
        for wanted in selection.iter().filter(|name| *name != ALL) {
            if !names.iter().any(|known| name::same(known, wanted)) {
                names.push(wanted.clone());
            }
        }
        Self { names, all }
    }

    /// Whether `*` is among it.
    pub(super) const fn is_all(&self) -> bool {
        self.all
    }

    /// The folders that are named, the main one first.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Whether a folder that the server has is meant.
    pub(super) fn wants(&self, called: &str, attributes: MailboxAttributes) -> bool {
        let named = self.names().any(|known| name::same(known, called));
        named || self.all && attributes.can_be_opened() && !attributes.is_special()
    }
}
