//! `pushmail ctl account …`

mod create;
mod update;

use super::session::{PAGE_SIZE, Session, every, refused};
use super::table::{self, Row};
use crate::output::{phase, printable, rfc3339};
use clap::Subcommand;
pub(crate) use create::CreateArgs;
use pushmail_proto::v1::{
    Account, DeleteAccountRequest, EventScope, GetAccountRequest, ListAccountsRequest,
    PauseAccountRequest, ResumeAccountRequest,
};
use serde::Serialize;
pub(crate) use update::UpdateArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Registers a mailbox; it is watched from then on. Without an option that says where the credential is,
    /// the password is asked for.
    Create(Box<CreateArgs>),
    /// Lists a tenant's accounts and how they stand.
    List {
        /// The tenant's id.
        tenant: String,
    },
    /// Shows one account and how it stands.
    Get(Named),
    /// Changes an account; what no option names stays. A new credential is tried at once.
    Update(Box<UpdateArgs>),
    /// Disconnects an account and keeps it.
    Pause(Named),
    /// Watches a paused account again; tries a failed one again at once.
    Resume(Named),
    /// Erases an account, its credential and its logged events.
    Delete(Named),
}

/// One account of a tenant.
#[derive(Debug, clap::Args)]
pub(crate) struct Named {
    /// The tenant's id.
    tenant: String,
    /// The account's id.
    account: String,
}

#[derive(Serialize)]
struct AccountRow {
    id: String,
    tenant: String,
    address: String,
    server: String,
    user: String,
    selection: Vec<String>,
    folders: Vec<String>,
    events: &'static str,
    paused: bool,
    state: &'static str,
    detail: String,
    since: Option<String>,
    created_at: Option<String>,
}

impl Row for AccountRow {
    const HEADINGS: &'static [&'static str] = &[
        "ACCOUNT", "ADDRESS", "SERVER", "WATCHES", "EVENTS", "FOUND", "STATE", "SINCE", "DETAIL",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.address.clone(),
            self.server.clone(),
            names(&self.selection),
            self.events.to_owned(),
            names(&self.folders),
            self.shown_state(),
            self.since.clone().unwrap_or_default(),
            self.detail.clone(),
        ]
    }
}

impl AccountRow {
    /// The state, and what it is about to become when the operator has just asked for it.
    fn shown_state(&self) -> String {
        match (self.paused, self.state) {
            (true, state) if state != "paused" => format!("{state}, pausing"),
            (false, "paused") => "paused, resuming".into(),
            (_, state) => state.into(),
        }
    }
}

/// Where the mailbox is, and its login name.
pub(super) fn place(account: &Account) -> (String, String) {
    match (&account.imap, &account.eas) {
        (_, Some(eas)) => (format!("{}:{}", eas.host, eas.port), eas.user.clone()),
        (Some(imap), None) => (format!("{}:{}", imap.host, imap.port), imap.user.clone()),
        (None, None) => Default::default(),
    }
}

impl From<Account> for AccountRow {
    fn from(account: Account) -> Self {
        let state = phase(account.phase());
        let events = match account.events() {
            EventScope::Unspecified => "unspecified",
            EventScope::New => "new",
            EventScope::All => "all",
        };
        let (server, user) = place(&account);
        Self {
            id: account.id,
            tenant: account.tenant,
            address: account.address,
            server,
            user,
            selection: account.selection,
            events,
            folders: account
                .folders
                .into_iter()
                .map(|folder| folder.name)
                .collect(),
            paused: account.paused,
            state,
            detail: account.detail,
            since: account.phase_since.as_ref().and_then(rfc3339),
            created_at: account.created_at.as_ref().and_then(rfc3339),
        }
    }
}

/// Folders' names, as many as fit in a cell; what a server named is made safe for a terminal.
fn names(names: &[String]) -> String {
    printable(&names.join(", "), 40)
}

pub(crate) async fn run(session: &Session, command: Command) -> anyhow::Result<()> {
    let mut accounts = session.accounts();
    let found: Vec<Account> = match command {
        Command::Create(args) => vec![args.run(session).await?],
        Command::List { tenant } => list(session, &tenant).await?,
        Command::Get(Named { tenant, account }) => {
            let found = accounts
                .get_account(GetAccountRequest { tenant, account })
                .await;
            found
                .map_err(refused)?
                .into_inner()
                .account
                .into_iter()
                .collect()
        }
        Command::Update(args) => vec![args.run(session).await?],
        Command::Pause(Named { tenant, account }) => {
            let paused = accounts
                .pause_account(PauseAccountRequest { tenant, account })
                .await;
            paused
                .map_err(refused)?
                .into_inner()
                .account
                .into_iter()
                .collect()
        }
        Command::Resume(Named { tenant, account }) => {
            let resumed = accounts
                .resume_account(ResumeAccountRequest { tenant, account })
                .await;
            resumed
                .map_err(refused)?
                .into_inner()
                .account
                .into_iter()
                .collect()
        }
        Command::Delete(Named { tenant, account }) => {
            let request = DeleteAccountRequest { tenant, account };
            accounts.delete_account(request).await.map_err(refused)?;
            return Ok(());
        }
    };
    let rows: Vec<AccountRow> = found.into_iter().map(AccountRow::from).collect();
    table::print(&rows, session.json)
}

/// All accounts of the tenant, page by page.
async fn list(session: &Session, tenant: &str) -> anyhow::Result<Vec<Account>> {
    every(async |page_token| {
        let request = ListAccountsRequest {
            tenant: tenant.to_owned(),
            page_size: PAGE_SIZE,
            page_token,
        };
        let page = session
            .accounts()
            .list_accounts(request)
            .await?
            .into_inner();
        Ok((page.accounts, page.next_page_token))
    })
    .await
}
