//! The certificate of what serves devices: TLS is a large part of what a connection takes.

use pushmail_mailsim::certs::Authority;
use tempfile::TempDir;

/// A certificate for this machine, in files that go away.
pub(crate) struct Identity {
    /// What signed it, in PEM.
    pub(crate) ca_pem: String,
    folder: TempDir,
}

impl Identity {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let authority = Authority::new()?;
        let issued = authority.issue(&["localhost", "127.0.0.1"])?;
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("gateway.pem"), issued.cert_pem)?;
        std::fs::write(folder.path().join("gateway.key"), issued.key_pem)?;
        Ok(Self {
            ca_pem: authority.pem(),
            folder,
        })
    }

    /// The settings of a process that shows it.
    pub(crate) fn settings(&self) -> String {
        let file = |name| self.folder.path().join(name);
        let (certificate, key) = (file("gateway.pem"), file("gateway.key"));
        format!("[tls]\ncertificate = {certificate:?}\nkey = {key:?}\n")
    }
}
