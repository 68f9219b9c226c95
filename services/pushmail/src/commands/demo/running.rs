//! A gateway that runs already, and how the demo's mail server is reached from it.

use crate::api::Gateway;
use anyhow::{Context as _, bail};
use clap::Args;
use pushmail_domain::Secret;
use pushmail_mailsim::certs::Issued;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Which gateway, if it is none in this process.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "A gateway that runs already")]
pub(super) struct RunningArgs {
    /// Push through the gateway that runs here, such as `https://control.example.org:7443`, instead of one in this process.
    ///
    /// A tenant is made there, and removed at the end. The gateway's settings have to let it reach the simulated mail
    /// server (upstream.allow_networks) and trust its certificate (upstream.ca_file).
    #[arg(long, value_name = "URL", requires_all = ["key_file", "mail_certificate", "mail_key"])]
    endpoint: Option<String>,
    /// File that holds the gateway's admin key.
    #[arg(long, value_name = "FILE", requires = "endpoint")]
    key_file: Option<PathBuf>,
    /// PEM file of the certificate authority that signed the gateway's certificate.
    #[arg(long, value_name = "FILE", requires = "endpoint")]
    gateway_ca: Option<PathBuf>,
    /// Where the gateway serves devices, if elsewhere.
    #[arg(long, value_name = "URL", requires = "endpoint")]
    delivery: Option<String>,
    /// Where the simulated mail server listens; by default on a free port of 127.0.0.1.
    #[arg(long, value_name = "ADDR:PORT", requires = "endpoint")]
    listen: Option<SocketAddr>,
    /// By which name the gateway reaches the simulated mail server; by default the address that it listens on.
    #[arg(long, value_name = "HOST", requires = "endpoint")]
    mail_host: Option<String>,
    /// PEM file of the simulated mail server's certificate, for that name.
    #[arg(long, value_name = "FILE", requires = "endpoint")]
    mail_certificate: Option<PathBuf>,
    /// PEM file of that certificate's key.
    #[arg(long, value_name = "FILE", requires = "endpoint")]
    mail_key: Option<PathBuf>,
}

/// A gateway that runs already.
pub(super) struct Running {
    /// Where it serves operators.
    pub(super) control: Gateway,
    /// Where it serves devices.
    pub(super) delivery: Gateway,
    pub(super) admin_key: Secret<String>,
    /// Where the mail server is to listen.
    pub(super) listen: SocketAddr,
    /// By which name the gateway reaches the mail server.
    pub(super) mail_host: String,
    /// What the mail server shows.
    pub(super) certificate: Issued,
}

impl RunningArgs {
    /// The gateway, with its files read; `None` if there is to be one in this process.
    pub(super) fn read(&self) -> anyhow::Result<Option<Running>> {
        let Some(url) = self.endpoint.clone() else {
            return Ok(None);
        };
        let listen = self
            .listen
            .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let mail_host = match &self.mail_host {
            Some(host) => host.clone(),
            None if listen.ip().is_unspecified() => {
                bail!(
                    "--listen {listen} is every address: say by --mail-host which one the gateway dials"
                )
            }
            None => listen.ip().to_string(),
        };
        let ca_pem = match self.gateway_ca {
            Some(_) => Some(read("--gateway-ca", self.gateway_ca.as_deref())?),
            None => None,
        };
        let admin_key = read("--key-file", self.key_file.as_deref())?;
        Ok(Some(Running {
            delivery: Gateway {
                url: self.delivery.clone().unwrap_or_else(|| url.clone()),
                ca_pem: ca_pem.clone(),
            },
            control: Gateway { url, ca_pem },
            admin_key: Secret::new(admin_key.trim().to_owned()),
            listen,
            mail_host,
            certificate: Issued {
                cert_pem: read("--mail-certificate", self.mail_certificate.as_deref())?,
                key_pem: read("--mail-key", self.mail_key.as_deref())?,
            },
        }))
    }
}

fn read(option: &str, path: Option<&Path>) -> anyhow::Result<String> {
    let path = path.with_context(|| format!("{option} is missing"))?;
    let text = std::fs::read_to_string(path);
    text.with_context(|| format!("{option} {}: cannot be read", path.display()))
}
