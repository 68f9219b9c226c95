//! The demo's mail server and gateway.

use crate::api::Gateway;
use crate::commands::ctl::session::{Session, refused};
use crate::compose::{self, AdminKeyOrigin};
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::roles::Roles;
use anyhow::{Context as _, bail};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use pushmail_domain::Secret;
use pushmail_mailsim::certs::Authority;
use pushmail_mailsim::{Announcement, Mailsim, message};
use pushmail_proto::v1::{
    CreateAccountRequest, CreateDeviceRequest, CreateTenantRequest, ImapUpstream,
    IssueDeviceTokenRequest, Security, create_account_request::Credential,
};
use pushmail_runtime::{Lifecycle, SystemClock};
use std::mem;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// The password of every simulated mailbox.
const PASSWORD: &str = "secret";
/// How many mailboxes are registered at the same time.
const REGISTERING: usize = 16;
/// How long all mailboxes together may take to be watched.
const WATCHED_WITHIN: Duration = Duration::from_secs(120);
/// How long the gateway may take to drain.
const GRACE: Duration = Duration::from_secs(5);

/// A mail server and a gateway on loopback, with TLS on both sides, in a directory that goes away.
pub(super) struct World {
    directory: TempDir,
    mailsim: Mailsim,
    lifecycle: Lifecycle,
    running: compose::Gateway,
    gateway: Gateway,
    admin_key: Secret<String>,
    mailboxes: u32,
}

impl World {
    pub(super) async fn start(mailboxes: u32) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("pushmail-demo-")
            .tempdir()?;
        let mailsim = Mailsim::start(pushmail_mailsim::Config::new(Arc::new(SystemClock))).await?;
        let authority = Authority::new()?;
        let config = configure(directory.path(), &mailsim, &authority)?;
        let data = DataDir::locate(Some(directory.path().join("data")))?;
        let lifecycle = Lifecycle::new();
        let mut running = compose::start(
            config,
            &data,
            &lifecycle,
            Roles::ALL,
            compose::AdminKey::Keep,
        )
        .await?;
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
            directory,
            mailsim,
            lifecycle,
            running,
            gateway,
            admin_key,
            mailboxes,
        })
    }

    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn mail_server(&self) -> SocketAddr {
        self.mailsim.addr()
    }

    pub(super) fn gateway_url(&self) -> &str {
        &self.gateway.url
    }

    pub(super) fn gateway_ca(&self) -> &str {
        self.gateway.ca_pem.as_deref().unwrap_or_default()
    }

    /// Registers every mailbox with one device, and returns the devices' tokens.
    pub(super) async fn provision(
        &self,
        progress: impl Fn(u32, u32),
    ) -> anyhow::Result<Vec<String>> {
        let session = Session::with_key(self.gateway.connect().await?, &self.admin_key, false)?;
        let request = CreateTenantRequest {
            name: "demo".into(),
            request_id: String::new(),
        };
        let tenant = session
            .tenants()
            .create_tenant(request)
            .await
            .map_err(refused)?;
        let tenant = tenant
            .into_inner()
            .tenant
            .context("no tenant came back")?
            .id;
        let done = std::sync::atomic::AtomicU32::new(0);
        stream::iter(0..self.mailboxes)
            .map(async |number| {
                let token = self.register(&session, &tenant, number).await;
                let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                progress(done, self.mailboxes);
                token
            })
            .buffer_unordered(REGISTERING)
            .try_collect()
            .await
    }

    async fn register(
        &self,
        session: &Session,
        tenant: &str,
        number: u32,
    ) -> anyhow::Result<String> {
        let account = CreateAccountRequest {
            tenant: tenant.to_owned(),
            address: user(number),
            eas: None,
            imap: Some(ImapUpstream {
                host: "localhost".into(),
                port: self.mailsim.addr().port().into(),
                security: Security::Tls.into(),
                user: user(number),
            }),
            credential: Some(Credential::Password(PASSWORD.into())),
            ..CreateAccountRequest::default()
        };
        let account = session
            .accounts()
            .create_account(account)
            .await
            .map_err(refused)?;
        let account = account
            .into_inner()
            .account
            .context("no account came back")?
            .id;
        let device = CreateDeviceRequest {
            tenant: tenant.to_owned(),
            name: format!("device of {}", user(number)),
            accounts: vec![account],
            request_id: String::new(),
        };
        let device = session
            .devices()
            .create_device(device)
            .await
            .map_err(refused)?;
        let device = device
            .into_inner()
            .device
            .context("no device came back")?
            .id;
        let token = IssueDeviceTokenRequest {
            tenant: tenant.to_owned(),
            device,
        };
        let token = session
            .devices()
            .issue_device_token(token)
            .await
            .map_err(refused)?;
        Ok(token.into_inner().token)
    }

    /// Waits until the gateway idles on every mailbox.
    pub(super) async fn wait_watched(&self) -> anyhow::Result<()> {
        let idling = self.mailsim.wait_idling(self.mailboxes as usize);
        tokio::time::timeout(WATCHED_WITHIN, idling)
            .await
            .with_context(|| {
                format!(
                    "only {} of {} mailboxes are watched",
                    self.mailsim.idling(),
                    self.mailboxes
                )
            })
    }

    /// Delivers mail number `n`, to the mailboxes in turn.
    pub(super) fn deliver(&self, n: u64) {
        let user = user(u32::try_from(n % u64::from(self.mailboxes)).unwrap_or_default());
        self.mailsim.deliver(&user, message(n, &user));
    }

    /// How many mails the mail server holds.
    pub(super) fn mail_held(&self) -> u64 {
        self.mailsim.total_messages() as u64
    }

    /// When each mail was first announced.
    pub(super) fn announcements(&self) -> Vec<Announcement> {
        self.mailsim.announcements()
    }

    pub(super) async fn stop(self) {
        self.mailsim.shutdown();
        self.lifecycle.shut_down(GRACE).await;
        drop(self.running);
    }
}

fn user(number: u32) -> String {
    format!("user{number}@demo.test")
}

/// The production configuration, with free ports, a certificate, and leave to connect to loopback.
fn configure(directory: &Path, mailsim: &Mailsim, authority: &Authority) -> anyhow::Result<Config> {
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
            ("upstream.ca_file", file("mail-ca.pem", mailsim.ca_pem())?),
            // The mail server is the demo's own: there is nobody to be polite to.
            ("upstream.budget.logins_per_provider", "5000".into()),
        ],
        Roles::ALL,
    )
}
