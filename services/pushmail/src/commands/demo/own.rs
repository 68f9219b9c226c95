//! A gateway in this process.

use crate::api::Gateway;
use crate::compose::{self, AdminKeyOrigin};
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::roles::Roles;
use anyhow::{Context as _, bail};
use pushmail_domain::Secret;
use pushmail_mailsim::certs::Authority;
use pushmail_runtime::Lifecycle;
use std::mem;
use std::path::Path;
use std::time::Duration;

/// How long the gateway may take to drain.
const GRACE: Duration = Duration::from_secs(5);

/// A gateway on loopback, with TLS on both sides.
pub(super) struct Own {
    lifecycle: Lifecycle,
    running: compose::Gateway,
    pub(super) gateway: Gateway,
    pub(super) admin_key: Secret<String>,
}

impl Own {
    /// Starts it with its data in the directory, to trust this authority of mail servers.
    pub(super) async fn start(directory: &Path, mail_ca: &str) -> anyhow::Result<Self> {
        let authority = Authority::new()?;
        let config = configure(directory, mail_ca, &authority)?;
        let data = DataDir::locate(Some(directory.join("data")))?;
        let lifecycle = Lifecycle::new();
        let admin_key = compose::AdminKey::Keep;
        let mut running = compose::start(config, &data, &lifecycle, Roles::ALL, admin_key).await?;
        let key = mem::replace(&mut running.admin_key, AdminKeyOrigin::Before);
        let AdminKeyOrigin::Made(admin_key) = key else {
            bail!("a fresh gateway makes an admin key");
        };
        let grpc = running.grpc.context("it serves devices")?;
        let gateway = Gateway {
            url: format!("https://localhost:{}", grpc.port()),
            ca_pem: Some(authority.pem()),
        };
        Ok(Self {
            lifecycle,
            running,
            gateway,
            admin_key,
        })
    }

    pub(super) async fn stop(self) {
        self.lifecycle.shut_down(GRACE).await;
        drop(self.running);
    }
}

/// The production configuration, with free ports, a certificate, and leave to connect to loopback.
fn configure(directory: &Path, mail_ca: &str, authority: &Authority) -> anyhow::Result<Config> {
    let issued = authority.issue(&["localhost", "127.0.0.1"])?;
    let file = |name: &str, content: &str| -> anyhow::Result<String> {
        let path = directory.join(name);
        std::fs::write(&path, content)?;
        Ok(path.to_string_lossy().into_owned())
    };
    Config::load(
        None,
        &[
            ("listen.grpc", "127.0.0.1:0".into()),
            ("listen.admin", "127.0.0.1:0".into()),
            ("tls.certificate", file("gateway.pem", &issued.cert_pem)?),
            ("tls.key", file("gateway.key", &issued.key_pem)?),
            (
                "upstream.allow_networks",
                "[\"127.0.0.0/8\", \"::1/128\"]".into(),
            ),
            ("upstream.ca_file", file("mail-ca.pem", mail_ca)?),
            // The mail server is the demo's own: there is nobody to be polite to.
            ("upstream.budget.logins_per_provider", "5000".into()),
        ],
        Roles::ALL,
    )
}
