//! Exit codes.

use pushmail_domain::{Fault, FaultKind};
use std::process::ExitCode;

/// How the program ends. The numbers are documented and stay; 2, wrong usage, is given by clap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Success = 0,
    Failure = 1,
    AuthRejected = 3,
    Unreachable = 4,
    BadCertificate = 5,
    PlaintextRefused = 6,
    FolderUnavailable = 7,
    CredentialUnavailable = 8,
}

impl Exit {
    /// Prints the fault on one line, and gives its code.
    pub(crate) fn of_fault(fault: &Fault) -> Self {
        eprintln!("pushmail: {fault}");
        match fault.kind {
            FaultKind::AuthRejected
            | FaultKind::LoginRefused
            | FaultKind::TokenExpired
            | FaultKind::AuthUnsupported => Self::AuthRejected,
            FaultKind::UnknownHost | FaultKind::Unreachable | FaultKind::Timeout => {
                Self::Unreachable
            }
            FaultKind::BadCertificate => Self::BadCertificate,
            FaultKind::PlaintextRefused => Self::PlaintextRefused,
            FaultKind::FolderUnavailable => Self::FolderUnavailable,
            FaultKind::CredentialUnavailable => Self::CredentialUnavailable,
            _ => Self::Failure,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
