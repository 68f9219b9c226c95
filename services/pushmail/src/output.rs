//! How events are printed: a line for people, or an object per line.

mod change;
mod item;

use change::ChangeLine;
use pushmail_proto::v1::{self, event::Kind};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Longest text of one line, in characters.
const LONGEST: usize = 160;

/// An event as `--json` prints it. Times are RFC 3339 with microseconds, UTC.
#[derive(Debug, Serialize)]
pub(crate) struct EventLine {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) account: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
    #[serde(flatten)]
    pub(crate) message: Option<MessageLine>,
    #[serde(flatten)]
    pub(crate) change: Option<ChangeLine>,
    pub(crate) detected_at: Option<String>,
    #[serde(flatten)]
    pub(crate) delivery: Option<DeliveryLine>,
}

/// What `message.new` adds.
#[derive(Debug, Serialize)]
pub(crate) struct MessageLine {
    pub(crate) folder: String,
    pub(crate) folder_id: String,
    pub(crate) uid_validity: u32,
    pub(crate) uid: u32,
    /// For Exchange ActiveSync, where UIDVALIDITY and UID are 0.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) server_id: String,
    pub(crate) provider_message_id: String,
    pub(crate) message_id: String,
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) subject: String,
    pub(crate) date: Option<String>,
    pub(crate) internal_date: Option<String>,
    pub(crate) size: u64,
    pub(crate) flags: Vec<String>,
    pub(crate) preview: String,
    pub(crate) arrival: &'static str,
}

/// What a device knows besides.
#[derive(Debug, Serialize)]
pub(crate) struct DeliveryLine {
    pub(crate) device: String,
    pub(crate) sequence: u64,
    pub(crate) replayed: bool,
    pub(crate) duplicate: bool,
    pub(crate) fetched_at: Option<String>,
    pub(crate) logged_at: Option<String>,
    pub(crate) sent_at: Option<String>,
    pub(crate) received_at: Option<String>,
}

impl EventLine {
    pub(crate) fn new(event: v1::Event, delivery: Option<DeliveryLine>) -> Self {
        let detected_at = event.detected_at.as_ref().and_then(rfc3339);
        let mut line = Self {
            id: event.id,
            kind: "unknown",
            account: event.account,
            state: None,
            detail: None,
            message: None,
            change: None,
            detected_at,
            delivery,
        };
        match event.kind {
            Some(Kind::MessageNew(new)) => {
                line.kind = "message.new";
                line.message = Some(message(new));
            }
            Some(Kind::AccountState(changed)) => {
                line.kind = "account.state";
                line.state = Some(phase(changed.phase()));
                line.detail = Some(changed.detail).filter(|detail| !detail.is_empty());
            }
            Some(other) => {
                line.kind = change::name(&other);
                line.change = change::line(other);
            }
            None => {}
        }
        line
    }

    /// Names the folder of a changed message, which its event does not.
    pub(crate) fn in_folder(mut self, name: &str) -> Self {
        if let Some(change) = &mut self.change
            && !name.is_empty()
        {
            change.folder.get_or_insert_with(|| name.to_owned());
        }
        self
    }

    /// The event on one line, for people. What comes from the mail is made safe for a terminal.
    pub(crate) fn human(&self) -> String {
        let time = self
            .detected_at
            .as_deref()
            .map_or("", |t| t.get(11..19).unwrap_or(t));
        if let Some(change) = &self.change {
            return format!("{time}  {}", printable(&change.human(self.kind), LONGEST));
        }
        match (&self.message, self.state) {
            (Some(mail), _) => {
                let preview = if mail.preview.is_empty() {
                    String::new()
                } else {
                    format!(" | {}", mail.preview)
                };
                let text = format!("{}: {}{preview}", mail.from, mail.subject);
                format!(
                    "{time}  {}  {}",
                    printable(&mail.folder, LONGEST),
                    printable(&text, LONGEST)
                )
            }
            (None, Some(state)) => match &self.detail {
                Some(detail) => format!("{time}  {state}: {}", printable(detail, LONGEST)),
                None => format!("{time}  {state}"),
            },
            (None, None) => format!("{time}  {}", self.kind),
        }
    }

    pub(crate) fn print(&self, json: bool) -> anyhow::Result<()> {
        use std::io::Write as _;
        let mut out = std::io::stdout().lock();
        if json {
            serde_json::to_writer(&mut out, self)?;
            writeln!(out)?;
        } else {
            writeln!(out, "{}", self.human())?;
        }
        out.flush()?;
        Ok(())
    }
}

fn message(new: v1::MessageNew) -> MessageLine {
    let arrival = match new.arrival() {
        v1::Arrival::Delivered => "delivered",
        v1::Arrival::Added => "added",
        v1::Arrival::Bulk => "bulk",
        v1::Arrival::Unspecified => "unspecified",
    };
    let uid = new.uid;
    let mail = new.message.unwrap_or_default();
    MessageLine {
        folder: mail.folder,
        folder_id: new.folder_id,
        uid_validity: new.uid_validity,
        uid,
        server_id: new.server_id,
        provider_message_id: mail.provider_message_id,
        message_id: mail.message_id,
        from: mail.from,
        to: mail.to,
        subject: mail.subject,
        date: mail.date.as_ref().and_then(rfc3339),
        internal_date: mail.internal_date.as_ref().and_then(rfc3339),
        size: mail.size,
        flags: mail.flags,
        preview: mail.preview,
        arrival,
    }
}

/// The phase as one word.
pub(crate) const fn phase(phase: v1::AccountPhase) -> &'static str {
    match phase {
        v1::AccountPhase::Unspecified => "unspecified",
        v1::AccountPhase::Pending => "pending",
        v1::AccountPhase::Live => "live",
        v1::AccountPhase::Retrying => "retrying",
        v1::AccountPhase::NeedsAttention => "needs_attention",
        v1::AccountPhase::Paused => "paused",
        v1::AccountPhase::Wiped => "wiped",
    }
}

/// A protobuf timestamp as RFC 3339.
pub(crate) fn rfc3339(at: &prost_types::Timestamp) -> Option<String> {
    let nanos = i128::from(at.seconds) * 1_000_000_000 + i128::from(at.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()?
        .format(&Rfc3339)
        .ok()
}

/// Text of a stranger's mail, without what a terminal would obey, cut to so many characters.
pub(crate) fn printable(text: &str, longest: usize) -> String {
    let clean = text
        .chars()
        .map(|c| if c.is_control() || is_bidi(c) { ' ' } else { c });
    let mut line: String = clean.clone().take(longest).collect();
    if clean.count() > longest {
        line.push('…');
    }
    line
}

/// Marks that reorder the text after them.
const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c", LONGEST), "a [2Jb c");
    }

    #[test]
    fn a_long_line_is_cut() {
        assert_eq!(printable(&"x".repeat(500), LONGEST).chars().count(), 161);
    }
}
