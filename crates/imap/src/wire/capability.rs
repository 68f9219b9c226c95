//! What a server says it can do (RFC 9051, section 7.2.2).

/// A capability that the flow cares for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
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
}

impl Capability {
    /// All of them, with the names that servers use.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::StartTls, "STARTTLS"),
        (Self::LoginDisabled, "LOGINDISABLED"),
        (Self::SaslIr, "SASL-IR"),
        (Self::AuthPlain, "AUTH=PLAIN"),
        (Self::AuthXoauth2, "AUTH=XOAUTH2"),
        (Self::AuthOauthbearer, "AUTH=OAUTHBEARER"),
        (Self::Idle, "IDLE"),
        (Self::Id, "ID"),
    ];
}

/// A set of [`Capability`]. Names that are not among them are forgotten, so a parked connection keeps two bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities(u16);

impl Capabilities {
    /// Whether the server offers it.
    pub const fn offers(self, capability: Capability) -> bool {
        self.0 & capability as u16 != 0
    }

    /// Adds the capability of this name, in any case. `IMAP4rev2` brings IDLE and SASL-IR with it
    /// (RFC 9051, appendix E).
    pub fn add(&mut self, name: &[u8]) {
        if name.eq_ignore_ascii_case(b"IMAP4rev2") {
            self.0 |= Capability::Idle as u16 | Capability::SaslIr as u16;
        }
        for (capability, known) in Capability::ALL {
            if name.eq_ignore_ascii_case(known.as_bytes()) {
                self.0 |= capability as u16;
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
