//! `pushmail ctl account update`

use crate::commands::ctl::session::{Session, refused};
use crate::credential::CredentialArgs;
use crate::options::{Content, Events};
use anyhow::Context as _;
use clap::Args;
use prost_types::FieldMask;
use pushmail_domain::Authentication;
use pushmail_proto::v1::{
    self, Account, GetAccountRequest, UpdateAccountRequest, update_account_request::Credential,
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pushmail ctl account update TENANT ACCOUNT --folder '*' --folder Sent --events all
  PW=secret pushmail ctl account update TENANT ACCOUNT --password-env PW")]
pub(crate) struct UpdateArgs {
    /// The tenant's id.
    tenant: String,
    /// The account's id.
    account: String,
    #[command(flatten)]
    credential: CredentialArgs,
    /// Ask for a new password.
    #[arg(long, conflicts_with = "CredentialArgs")]
    password: bool,
    /// The mailbox's address for people.
    #[arg(long)]
    address: Option<String>,
    /// A folder to watch instead of those so far; may be given several times.
    #[arg(long, value_name = "NAME")]
    folder: Vec<String>,
    /// How much of each mail goes into its event.
    #[arg(long, value_enum)]
    content: Option<Content>,
    /// Which events the account has.
    #[arg(long, value_enum)]
    events: Option<Events>,
}

impl UpdateArgs {
    pub(crate) async fn run(self, session: &Session) -> anyhow::Result<Account> {
        let mut paths = Vec::new();
        let credential = if self.password || self.credential.is_given() {
            paths.push("credential");
            Some(self.credential(session).await?)
        } else {
            None
        };
        let given = [
            ("address", self.address.is_some()),
            ("folders", !self.folder.is_empty()),
            ("content", self.content.is_some()),
            ("events", self.events.is_some()),
        ];
        paths.extend(
            given
                .iter()
                .filter(|(_, given)| *given)
                .map(|(path, _)| path),
        );
        anyhow::ensure!(
            !paths.is_empty(),
            "nothing to change: give --address, --folder, --content, --events or a credential"
        );
        let request = UpdateAccountRequest {
            tenant: self.tenant,
            account: self.account,
            update_mask: Some(FieldMask {
                paths: paths.into_iter().map(str::to_owned).collect(),
            }),
            address: self.address.unwrap_or_default(),
            credential,
            folders: self.folder,
            content: self
                .content
                .map(v1::ContentLevel::from)
                .unwrap_or_default()
                .into(),
            events: self
                .events
                .map(v1::EventScope::from)
                .unwrap_or_default()
                .into(),
        };
        let updated = session.accounts().update_account(request).await;
        let updated = updated.map_err(refused)?.into_inner();
        updated
            .account
            .context("the gateway answered without the account")
    }

    /// The new credential; if it has to be asked for, by the names of user and server.
    async fn credential(&self, session: &Session) -> anyhow::Result<Credential> {
        let authentication = if self.password {
            let request = GetAccountRequest {
                tenant: self.tenant.clone(),
                account: self.account.clone(),
            };
            let found = session.accounts().get_account(request).await;
            let found = found.map_err(refused)?.into_inner().account;
            let (server, user) = super::place(&found.unwrap_or_default());
            CredentialArgs::asked(&user, &server)?
        } else {
            self.credential.authentication().await?.0
        };
        Ok(match authentication {
            Authentication::Password(secret) => Credential::Password(secret.expose().clone()),
            Authentication::AccessToken(secret) => Credential::AccessToken(secret.expose().clone()),
        })
    }
}
