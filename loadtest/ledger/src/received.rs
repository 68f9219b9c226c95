//! What the device process wrote.

use crate::hand::{Flags, comparable};
use anyhow::Context as _;
use serde::Deserialize;
use std::path::Path;

/// An event as a device received it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    pub(crate) event: String,
    pub(crate) account: String,
    /// The mail's Message-ID; none for events that are not about a mail.
    pub(crate) message_id: Option<String>,
    pub(crate) sequence: u64,
    /// Its type, such as `message.new`.
    pub(crate) kind: String,
    pub(crate) about: About,
}

/// What an event is about, as far as it says so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct About {
    pub(crate) folder_id: String,
    /// The folder's name.
    pub(crate) folder: Option<String>,
    pub(crate) uid_validity: Option<u32>,
    pub(crate) uid: Option<u32>,
    pub(crate) flags: Option<Flags>,
}

#[derive(Deserialize)]
struct Line {
    id: Option<String>,
    #[serde(rename = "type", default)]
    kind: String,
    account: Option<String>,
    message_id: Option<String>,
    sequence: Option<u64>,
    #[serde(flatten)]
    about: About,
}

/// What the device process has written so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output {
    pub(crate) events: Vec<Received>,
    /// How often the gateway said that events may be missing.
    pub(crate) gaps: u64,
}

/// Reads the device process's output, in the order in which it was written. A last line that is not
/// complete yet is left out.
pub(crate) fn read(path: &Path) -> anyhow::Result<Output> {
    let text = std::fs::read_to_string(path).context("the devices' output cannot be read")?;
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut output = Output::default();
    for line in complete.lines() {
        let mut line: Line =
            serde_json::from_str(line).context("the device process wrote no JSON")?;
        line.about.flags = line.about.flags.map(comparable);
        output.gaps += u64::from(line.kind == "gap");
        if let (Some(event), Some(account), Some(sequence)) = (line.id, line.account, line.sequence)
        {
            output.events.push(Received {
                event,
                account,
                message_id: line.message_id,
                sequence,
                kind: line.kind,
                about: line.about,
            });
        }
    }
    Ok(output)
}
