//! What went wrong with an upstream, whose fault it is, and whether trying again helps.

/// Who has to act for a fault to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The upstream or the network: it may pass by itself.
    Upstream,
    /// The account: its credential or its settings have to change.
    Account,
    /// The gateway or its configuration.
    Gateway,
}

/// Whether, and how, to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// At once: it was a normal end.
    Now,
    /// With growing pauses.
    Backoff,
    /// Seldom: nothing changes until somebody acts.
    Seldom,
}

/// The closed set of faults. Also a metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The host name does not resolve.
    UnknownHost,
    /// No TCP connection.
    Unreachable,
    /// The server did not answer in time.
    Timeout,
    /// The server's certificate is not trusted for this host.
    BadCertificate,
    /// TLS failed otherwise.
    Tls,
    /// The server offers no TLS, and plaintext is not allowed.
    PlaintextRefused,
    /// The egress guard does not allow the address (invariant 9).
    EgressDenied,
    /// The server rejected the credential, and said so.
    AuthRejected,
    /// The server refused the login and did not say why: the credential may be wrong, or the server refuses for reasons of
    /// its own.
    LoginRefused,
    /// The access token is past its time: a new one is needed.
    TokenExpired,
    /// The server offers no mechanism that fits the credential.
    AuthUnsupported,
    /// The credential could not be had: file, environment, command or seal.
    CredentialUnavailable,
    /// The server refuses for now: quota, maintenance, too many connections.
    Throttled,
    /// The server blocks this device, has it in quarantine, or wants it to keep to a policy that it cannot keep to
    /// (MS-ASCMD, section 2.2.2, statuses 129, 139 and 145).
    DeviceBlocked,
    /// The account has as many devices as the server allows (MS-ASCMD, section 2.2.2, status 177).
    DeviceLimit,
    /// The server does not let the account be synchronised (MS-ASCMD, section 2.2.2, statuses 123 to 131).
    AccountDisabled,
    /// A configured folder does not exist or cannot be opened.
    FolderUnavailable,
    /// The server broke the protocol.
    Protocol,
    /// The server sent more than the gateway takes (invariant 8).
    TooLarge,
    /// The server closed the connection.
    Closed,
    /// The gateway's own part failed: log, registry, configuration.
    Internal,
}

impl FaultKind {
    /// The kind as a metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownHost => "unknown_host",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::BadCertificate => "bad_certificate",
            Self::Tls => "tls",
            Self::PlaintextRefused => "plaintext_refused",
            Self::EgressDenied => "egress_denied",
            Self::AuthRejected => "auth_rejected",
            Self::LoginRefused => "login_refused",
            Self::TokenExpired => "token_expired",
            Self::AuthUnsupported => "auth_unsupported",
            Self::CredentialUnavailable => "credential_unavailable",
            Self::Throttled => "throttled",
            Self::DeviceBlocked => "device_blocked",
            Self::DeviceLimit => "device_limit",
            Self::AccountDisabled => "account_disabled",
            Self::FolderUnavailable => "folder_unavailable",
            Self::Protocol => "protocol",
            Self::TooLarge => "too_large",
            Self::Closed => "closed",
            Self::Internal => "internal",
        }
    }

    /// Who has to act.
    pub const fn blame(self) -> Blame {
        match self {
            Self::UnknownHost
            | Self::BadCertificate
            | Self::PlaintextRefused
            | Self::EgressDenied
            | Self::AuthRejected
            | Self::TokenExpired
            | Self::AuthUnsupported
            | Self::CredentialUnavailable
            | Self::DeviceBlocked
            | Self::DeviceLimit
            | Self::AccountDisabled
            | Self::FolderUnavailable => Blame::Account,
            Self::Internal => Blame::Gateway,
            Self::Unreachable
            | Self::Timeout
            | Self::Tls
            | Self::LoginRefused
            | Self::Throttled
            | Self::Protocol
            | Self::TooLarge
            | Self::Closed => Blame::Upstream,
        }
    }

    /// Whether, and how, to try again.
    pub const fn retry(self) -> Retry {
        match self {
            Self::Closed => Retry::Now,
            Self::AuthRejected
            | Self::LoginRefused
            | Self::AuthUnsupported
            | Self::EgressDenied
            | Self::DeviceBlocked
            | Self::DeviceLimit
            | Self::AccountDisabled
            | Self::PlaintextRefused => Retry::Seldom,
            _ => Retry::Backoff,
        }
    }
}

/// Something went wrong between the gateway and an upstream.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Which of the closed set.
    pub kind: FaultKind,
    /// One line for people: what failed, for which host, and what to do. Holds no secret and no mail.
    pub message: String,
    /// What caused it, for logs.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Fault {
    /// A fault without a deeper cause.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// The same fault with its cause.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }
}
