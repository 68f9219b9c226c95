//! What a server does otherwise than the standards have it.

use serde::Deserialize;
use std::time::Duration;

/// All times are in seconds. `profiles.toml` says who does which, and how that is known.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Quirks {
    /// Say the capabilities, untagged, before the answer to a login.
    pub(crate) capabilities_unasked: bool,
    /// The user name is the part of the address before the `@`; the whole address is refused.
    pub(crate) local_part_login: bool,
    /// Connections of one user; a login beyond is refused.
    pub(crate) max_connections: Option<usize>,
    /// Arguments of ID that are refused: `NIL`, `()`.
    pub(crate) refused_ids: Vec<String>,
    /// SELECT and EXAMINE are refused before an ID with content was sent after the login.
    pub(crate) needs_id: bool,
    /// SELECT and EXAMINE do not tell UIDNEXT.
    pub(crate) no_uidnext: bool,
    /// STATUS answers without a value.
    pub(crate) empty_status: bool,
    /// A space before the line end of STATUS.
    pub(crate) status_trailing_space: bool,
    /// Nothing follows the code `[HIGHESTMODSEQ n]`.
    pub(crate) bare_modseq: bool,
    /// No HIGHESTMODSEQ in SELECT until some client enabled CONDSTORE once in that folder.
    pub(crate) modseq_once_enabled: bool,
    /// The STATUS that NOTIFY sends tells UIDVALIDITY only at first and when it has changed.
    pub(crate) notify_without_validity: bool,
    /// NOTIFY enables CONDSTORE.
    pub(crate) notify_enables_condstore: bool,
    /// With QRESYNC, HIGHESTMODSEQ is told after what came and went in the open folder.
    pub(crate) modseq_after_changes: bool,
    /// NOTIFY tells of the open folder in IDLE only.
    pub(crate) notify_needs_idle: bool,
    /// NOTIFY sends STATUS for every folder again when the first IDLE begins.
    pub(crate) status_after_idle: bool,
    /// The EXISTS that is due at the start of IDLE comes before the `+`.
    pub(crate) exists_before_plus: bool,
    /// Changes of the open folder are told by SELECT and EXAMINE only.
    pub(crate) news_at_select_only: bool,
    /// How often IDLE says `* OK Still here`.
    still_here: Option<u64>,
    /// A connection that idles longer is never answered again.
    idle_dead_after: Option<u64>,
    /// A connection that idles longer is told BYE.
    idle_bye_after: Option<u64>,
    /// An IDLE ends without a word after one of these times, drawn with the seed.
    idle_drops: Vec<u64>,
    /// When an inactive connection is told BYE.
    pub(crate) autologout: Option<Autologout>,
    /// The folder that shows every message of all folders but trash and junk, as Gmail's labels
    /// have it. Flags are
    /// then shared between all copies of a message.
    pub(crate) all_mail: Option<String>,
}

/// How long a connection may be inactive.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Autologout {
    after: u64,
    /// Commands that are no activity. With IDLE among them, time goes on inside IDLE; else it
    /// stands still there.
    pub(crate) ignores: Vec<String>,
}

impl Autologout {
    pub(crate) fn after(&self) -> Duration {
        Duration::from_secs(self.after)
    }

    pub(crate) fn ignores(&self, command: &str) -> bool {
        self.ignores.iter().any(|ignored| ignored == command)
    }
}

impl Quirks {
    pub(crate) fn still_here(&self) -> Option<Duration> {
        self.still_here.map(Duration::from_secs)
    }

    pub(crate) fn idle_dead_after(&self) -> Option<Duration> {
        self.idle_dead_after.map(Duration::from_secs)
    }

    pub(crate) fn idle_bye_after(&self) -> Option<Duration> {
        self.idle_bye_after.map(Duration::from_secs)
    }

    /// After how long an IDLE is dropped, where `draw` draws a number below its argument.
    pub(crate) fn idle_drop(&self, draw: impl FnOnce(usize) -> usize) -> Option<Duration> {
        if self.idle_drops.is_empty() {
            return None;
        }
        let drawn = self.idle_drops.get(draw(self.idle_drops.len()));
        drawn.copied().map(Duration::from_secs)
    }
}
