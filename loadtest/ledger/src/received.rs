//! What the device process wrote.

use anyhow::Context as _;
use serde::Deserialize;
use std::path::Path;

/// An event as a device received it.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) event: String,
    pub(crate) account: String,
    /// The mail's Message-ID; none for events that are not about a mail.
    pub(crate) message_id: Option<String>,
    pub(crate) sequence: u64,
}

#[derive(Deserialize)]
struct Line {
    id: Option<String>,
    account: Option<String>,
    message_id: Option<String>,
    sequence: Option<u64>,
}

/// Reads the device process's output, in the order in which it was written. A last line that is not
/// complete yet is left out.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<Received>> {
    let text = std::fs::read_to_string(path).context("the devices' output cannot be read")?;
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut received = Vec::new();
    for line in complete.lines() {
        let line: Line = serde_json::from_str(line).context("the device process wrote no JSON")?;
        if let (Some(event), Some(account), Some(sequence)) = (line.id, line.account, line.sequence)
        {
            received.push(Received {
                event,
                account,
                message_id: line.message_id,
                sequence,
            });
        }
    }
    Ok(received)
}
