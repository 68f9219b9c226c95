//! `pushmail ctl tenant …`

use super::session::{PAGE_SIZE, Session, every, refused};
use super::table::{self, Row};
use crate::output::rfc3339;
use clap::Subcommand;
use pushmail_proto::v1::{
    CreateTenantRequest, DeleteTenantRequest, GetTenantRequest, ListTenantsRequest, Tenant,
};
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a tenant.
    Create {
        /// A name for people.
        name: String,
    },
    /// Lists all tenants.
    List,
    /// Shows one tenant.
    Get {
        /// The tenant's id.
        tenant: String,
    },
    /// Erases a tenant with everything that belongs to it.
    Delete {
        /// The tenant's id.
        tenant: String,
    },
}

#[derive(Serialize)]
struct TenantRow {
    id: String,
    name: String,
    created_at: Option<String>,
}

impl Row for TenantRow {
    const HEADINGS: &'static [&'static str] = &["TENANT", "NAME", "CREATED"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.name.clone(),
            self.created_at.clone().unwrap_or_default(),
        ]
    }
}

impl From<Tenant> for TenantRow {
    fn from(tenant: Tenant) -> Self {
        let created_at = tenant.created_at.as_ref().and_then(rfc3339);
        Self {
            id: tenant.id,
            name: tenant.name,
            created_at,
        }
    }
}

pub(crate) async fn run(session: &Session, command: Command) -> anyhow::Result<()> {
    let mut tenants = session.tenants();
    let found: Vec<Tenant> = match command {
        Command::Create { name } => {
            let request = CreateTenantRequest {
                name,
                request_id: String::new(),
            };
            let made = tenants.create_tenant(request).await.map_err(refused)?;
            made.into_inner().tenant.into_iter().collect()
        }
        Command::List => list(session).await?,
        Command::Get { tenant } => {
            let found = tenants
                .get_tenant(GetTenantRequest { tenant })
                .await
                .map_err(refused)?;
            found.into_inner().tenant.into_iter().collect()
        }
        Command::Delete { tenant } => {
            tenants
                .delete_tenant(DeleteTenantRequest { tenant })
                .await
                .map_err(refused)?;
            return Ok(());
        }
    };
    let rows: Vec<TenantRow> = found.into_iter().map(TenantRow::from).collect();
    table::print(&rows, session.json)
}

async fn list(session: &Session) -> anyhow::Result<Vec<Tenant>> {
    every(async |page_token| {
        let request = ListTenantsRequest {
            page_size: PAGE_SIZE,
            page_token,
        };
        let page = session.tenants().list_tenants(request).await?.into_inner();
        Ok((page.tenants, page.next_page_token))
    })
    .await
}
