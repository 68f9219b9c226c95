//! `pushmail ctl account create`: the same targets and credentials as `pushmail watch`.

use crate::commands::ctl::session::{Session, refused};
use crate::credential::CredentialArgs;
use crate::locate::MailboxArgs;
use crate::options::{Content, Events};
use anyhow::Context as _;
use clap::Args;
use pushmail_domain::{Authentication, Protocol, Security, UpstreamSpec};
use pushmail_proto::v1::{
    self, Account, CreateAccountRequest, EasUpstream, ImapUpstream,
    create_account_request::Credential,
};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::egress::EgressGuard;
use pushmail_upstream::tls;

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// The tenant's id.
    tenant: String,
    #[command(flatten)]
    mailbox: MailboxArgs,
    #[command(flatten)]
    credential: CredentialArgs,
    /// The mailbox's address for people; without it, the login name.
    #[arg(long)]
    address: Option<String>,
    /// A folder to watch; may be given several times. `*` is every folder but drafts, sent, trash, junk and
    /// the like, unless these are named too. With Exchange ActiveSync, `\Calendar`, `\Contacts` and `\Tasks` are the
    /// user's own.
    #[arg(long, value_name = "NAME", default_value = "INBOX")]
    folder: Vec<String>,
    /// How much of each mail goes into its event.
    #[arg(long, value_enum, default_value_t = Content::Preview)]
    content: Content,
    /// Which events the account has.
    #[arg(long, value_enum, default_value_t = Events::New)]
    events: Events,
    /// No TLS; the gateway takes it for loopback addresses only.
    #[arg(long)]
    plaintext: bool,
}

impl CreateArgs {
    pub(crate) async fn run(mut self, session: &Session) -> anyhow::Result<Account> {
        // Discovery asks public servers only; the gateway's own guard decides where it connects.
        let dialer = Dialer::new(EgressGuard::unrestricted(), tls::client_config(None)?);
        let mut upstream = self.mailbox.locate(&dialer, &mut self.credential).await?;
        if self.plaintext {
            upstream.endpoint.security = Security::Plaintext;
        }
        self.credential
            .ready(&upstream.user, &upstream.endpoint.host)?;
        let (authentication, _) = self.credential.authentication().await?;
        let address = self.address.unwrap_or_else(|| upstream.user.clone());
        let (imap, eas) = places(upstream);
        let request = CreateAccountRequest {
            tenant: self.tenant,
            address,
            imap,
            eas,
            credential: Some(sent(&authentication)),
            folders: self.folder,
            content: v1::ContentLevel::from(self.content).into(),
            events: v1::EventScope::from(self.events).into(),
            request_id: String::new(),
        };
        let made = session
            .accounts()
            .create_account(request)
            .await
            .map_err(refused)?;
        made.into_inner()
            .account
            .context("the gateway answered without the account")
    }
}

/// Where the mailbox is, by what its server speaks.
fn places(upstream: UpstreamSpec) -> (Option<ImapUpstream>, Option<EasUpstream>) {
    let UpstreamSpec {
        protocol,
        endpoint,
        user,
    } = upstream;
    let security = match endpoint.security {
        Security::Tls => v1::Security::Tls,
        Security::StartTls => v1::Security::Starttls,
        Security::Plaintext => v1::Security::Plaintext,
    };
    match protocol {
        Protocol::Imap => {
            let imap = ImapUpstream {
                host: endpoint.host,
                port: endpoint.port.into(),
                security: security.into(),
                user,
            };
            (Some(imap), None)
        }
        Protocol::Eas { path } => {
            let eas = EasUpstream {
                host: endpoint.host,
                port: endpoint.port.into(),
                plaintext: security == v1::Security::Plaintext,
                user,
                path,
            };
            (None, Some(eas))
        }
    }
}

fn sent(authentication: &Authentication) -> Credential {
    match authentication {
        Authentication::Password(secret) => Credential::Password(secret.expose().clone()),
        Authentication::AccessToken(secret) => Credential::AccessToken(secret.expose().clone()),
    }
}
