//! What a server says it can do (RFC 9051, section 7.2.2).

use serde::{Deserialize, Serialize};

/// A capability that the flow cares for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Capability {
    /// `STARTTLS`: TLS can be begun on this connection.
    StartTls = 1,
    /// `LOGINDISABLED`: the LOGIN command is refused.
    LoginDisabled = 1 << 1,
    /// `SASL-IR`: AUTHENTICATE takes an initial response (RFC 4959).
    SaslIr = 1 << 2,
    /// `AUTH=PLAIN` (RFC 4616).
    AuthPlain = 1 << 3,
    /// `AUTH=XOAUTH2` (Google's protocol, also Microsoft's and Yahoo's).
    AuthXoauth2 = 1 << 4,
    /// `AUTH=OAUTHBEARER` (RFC 7628).
    AuthOauthbearer = 1 << 5,
    /// `IDLE` (RFC 2177).
    Idle = 1 << 6,
    /// `ID` (RFC 2971).
    Id = 1 << 7,
    /// `ENABLE` (RFC 5161).
    Enable = 1 << 8,
    /// `CONDSTORE` (RFC 7162): changes of flags are numbered.
    CondStore = 1 << 9,
    /// `QRESYNC` (RFC 7162): deletions are, too. Brings CONDSTORE and ENABLE with it.
    QResync = 1 << 10,
    /// `NOTIFY` (RFC 5465).
    Notify = 1 << 11,
    /// `LIST-STATUS` (RFC 5819).
    ListStatus = 1 << 12,
    /// `SPECIAL-USE` (RFC 6154).
    SpecialUse = 1 << 13,
    /// `OBJECTID` (RFC 8474): MAILBOXID and EMAILID.
    ObjectId = 1 << 14,
    /// `X-GM-EXT-1`: Gmail's X-GM-MSGID.
    GmailExt = 1 << 15,
    /// `ESEARCH` (RFC 4731).
    ESearch = 1 << 16,
}

impl Capability {
    /// All of them, with the names that servers use.
    pub const ALL: [(Self, &'static str); 17] = [
        (Self::StartTls, "STARTTLS"),
        (Self::LoginDisabled, "LOGINDISABLED"),
        (Self::SaslIr, "SASL-IR"),
        (Self::AuthPlain, "AUTH=PLAIN"),
        (Self::AuthXoauth2, "AUTH=XOAUTH2"),
        (Self::AuthOauthbearer, "AUTH=OAUTHBEARER"),
        (Self::Idle, "IDLE"),
        (Self::Id, "ID"),
        (Self::Enable, "ENABLE"),
        (Self::CondStore, "CONDSTORE"),
        (Self::QResync, "QRESYNC"),
        (Self::Notify, "NOTIFY"),
        (Self::ListStatus, "LIST-STATUS"),
        (Self::SpecialUse, "SPECIAL-USE"),
        (Self::ObjectId, "OBJECTID"),
        (Self::GmailExt, "X-GM-EXT-1"),
        (Self::ESearch, "ESEARCH"),
    ];
}

/// A set of [`Capability`]. Names that are not among them are forgotten, so a parked connection keeps four bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities(u32);

impl Capabilities {
    /// Whether the server offers it.
    pub const fn offers(self, capability: Capability) -> bool {
        self.0 & capability as u32 != 0
    }

    /// Adds the capability of this name, in any case. `IMAP4rev2` brings a number of extensions with it
    /// (RFC 9051, appendix E), QRESYNC brings CONDSTORE and ENABLE (RFC 7162, section 3.2.3).
    pub fn add(&mut self, name: &[u8]) {
        if name.eq_ignore_ascii_case(b"IMAP4rev2") {
            for brought in [
                Capability::Idle,
                Capability::SaslIr,
                Capability::Enable,
                Capability::ESearch,
                Capability::ListStatus,
                Capability::SpecialUse,
            ] {
                self.0 |= brought as u32;
            }
        }
        if name.eq_ignore_ascii_case(b"QRESYNC") {
            self.0 |= Capability::CondStore as u32 | Capability::Enable as u32;
        }
        for (capability, known) in Capability::ALL {
            if name.eq_ignore_ascii_case(known.as_bytes()) {
                self.0 |= capability as u32;
            }
        }
    }

    /// The set of these names, separated by spaces.
    pub fn of_names(names: &[u8]) -> Self {
        let mut set = Self::default();
        for name in names.split(|byte| *byte == b' ') {
            set.add(name);
        }
        set
    }
}
