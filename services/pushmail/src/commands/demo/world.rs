//! The demo's mail server and gateway.

use super::own::Own;
use super::running::Running;
use super::tenant::Tenant;
use crate::api::Gateway;
use crate::commands::ctl::session::Session;
use anyhow::{Context as _, anyhow};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use pushmail_mailsim::{Announcement, Mailsim, message};
use pushmail_runtime::SystemClock;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// How many mailboxes are registered at the same time.
const REGISTERING: usize = 16;
/// How long all mailboxes together may take to be watched.
const WATCHED_WITHIN: Duration = Duration::from_secs(120);

/// A mail server, and a gateway in which a tenant has all its mailboxes; a directory that goes away.
pub(super) struct World {
    directory: TempDir,
    mailsim: Mailsim,
    /// By which name the gateway reaches the mail server.
    mail_host: String,
    /// The gateway, if it is in this process.
    own: Option<Own>,
    /// Where devices connect.
    delivery: Gateway,
    tenant: Tenant,
    mailboxes: u32,
}

impl World {
    /// Starts the mail server, and a gateway unless one runs already.
    pub(super) async fn start(mailboxes: u32, running: Option<Running>) -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("pushmail-demo-")
            .tempdir()?;
        let mut config = pushmail_mailsim::Config::new(Arc::new(SystemClock));
        let Some(running) = running else {
            let mailsim = Mailsim::start(config).await?;
            let own = Own::start(directory.path(), mailsim.ca_pem()).await?;
            let channel = own.gateway.connect().await?;
            let session = Session::with_key(channel, &own.admin_key, false)?;
            return Ok(Self {
                directory,
                mailsim,
                mail_host: "localhost".to_owned(),
                delivery: own.gateway.clone(),
                own: Some(own),
                tenant: Tenant::create(session).await?,
                mailboxes,
            });
        };
        config.bind = running.listen;
        config.certificate = Some(running.certificate);
        let mailsim = Mailsim::start(config).await;
        let mailsim = mailsim.with_context(|| format!("the mail server on {}", running.listen))?;
        let channel = running.control.connect().await?;
        let session = Session::with_key(channel, &running.admin_key, false)?;
        Ok(Self {
            directory,
            mailsim,
            mail_host: running.mail_host,
            own: None,
            delivery: running.delivery,
            tenant: Tenant::create(session).await?,
            mailboxes,
        })
    }

    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Whether the gateway is in this process.
    pub(super) const fn is_own(&self) -> bool {
        self.own.is_some()
    }

    pub(super) fn mail_server(&self) -> SocketAddr {
        self.mailsim.addr()
    }

    /// Where devices connect.
    pub(super) const fn delivery(&self) -> &Gateway {
        &self.delivery
    }

    /// Registers every mailbox with one device, and returns the devices' tokens.
    pub(super) async fn provision(
        &self,
        progress: impl Fn(u32, u32),
    ) -> anyhow::Result<Vec<String>> {
        let port = self.mailsim.addr().port();
        let done = AtomicU32::new(0);
        stream::iter(0..self.mailboxes)
            .map(async |number| {
                let token = self.tenant.register(&self.mail_host, port, user(number));
                let token = token.await;
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                progress(done, self.mailboxes);
                token
            })
            .buffer_unordered(REGISTERING)
            .try_collect()
            .await
    }

    /// Waits until the gateway idles on every mailbox.
    pub(super) async fn wait_watched(&self) -> anyhow::Result<()> {
        let idling = self.mailsim.wait_idling(self.mailboxes as usize);
        if tokio::time::timeout(WATCHED_WITHIN, idling).await.is_ok() {
            return Ok(());
        }
        let (watched, all) = (self.mailsim.idling(), self.mailboxes);
        let complaint = self.tenant.complaint().await.unwrap_or_default();
        Err(anyhow!(
            "only {watched} of {all} mailboxes are watched; {complaint}"
        ))
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

    /// Ends what is in this process, and leaves nothing at a gateway that is not.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        let removed = match self.own {
            Some(own) => {
                own.stop().await;
                Ok(())
            }
            None => self.tenant.remove().await,
        };
        self.mailsim.shutdown();
        removed
    }
}

fn user(number: u32) -> String {
    format!("user{number}@demo.test")
}
