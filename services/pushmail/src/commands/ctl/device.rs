//! `pushmail ctl device …`

use super::session::{PAGE_SIZE, Session, every, refused};
use super::table::{self, Row};
use crate::output::rfc3339;
use clap::Subcommand;
use pushmail_proto::v1::{
    CreateDeviceRequest, DeleteDeviceRequest, Device, GetDeviceRequest, IssueDeviceTokenRequest,
    ListDevicesRequest,
};
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Registers a device.
    Create {
        /// The tenant's id.
        tenant: String,
        /// A name for people.
        name: String,
        /// An account whose events it receives; may be given up to 64 times.
        #[arg(long, required = true)]
        account: Vec<String>,
    },
    /// Lists a tenant's devices.
    List {
        /// The tenant's id.
        tenant: String,
    },
    /// Shows one device.
    Get {
        /// The tenant's id.
        tenant: String,
        /// The device's id.
        device: String,
    },
    /// Erases a device; its token stops working.
    Delete {
        /// The tenant's id.
        tenant: String,
        /// The device's id.
        device: String,
    },
    /// Makes a new token for a device and prints it, this once; the one before stops working.
    Token {
        /// The tenant's id.
        tenant: String,
        /// The device's id.
        device: String,
    },
}

#[derive(Serialize)]
struct DeviceRow {
    id: String,
    tenant: String,
    name: String,
    accounts: Vec<String>,
    created_at: Option<String>,
}

impl Row for DeviceRow {
    const HEADINGS: &'static [&'static str] = &["DEVICE", "NAME", "ACCOUNTS"];

    fn cells(&self) -> Vec<String> {
        vec![self.id.clone(), self.name.clone(), self.accounts.join(" ")]
    }
}

impl From<Device> for DeviceRow {
    fn from(device: Device) -> Self {
        let created_at = device.created_at.as_ref().and_then(rfc3339);
        let Device {
            id,
            tenant,
            name,
            accounts,
            ..
        } = device;
        Self {
            id,
            tenant,
            name,
            accounts,
            created_at,
        }
    }
}

pub(crate) async fn run(session: &Session, command: Command) -> anyhow::Result<()> {
    let mut devices = session.devices();
    let found: Vec<Device> = match command {
        Command::Create {
            tenant,
            name,
            account,
        } => {
            let request = CreateDeviceRequest {
                tenant,
                name,
                accounts: account,
                request_id: String::new(),
            };
            let made = devices.create_device(request).await.map_err(refused)?;
            made.into_inner().device.into_iter().collect()
        }
        Command::List { tenant } => list(session, &tenant).await?,
        Command::Get { tenant, device } => {
            let found = devices
                .get_device(GetDeviceRequest { tenant, device })
                .await;
            found
                .map_err(refused)?
                .into_inner()
                .device
                .into_iter()
                .collect()
        }
        Command::Delete { tenant, device } => {
            devices
                .delete_device(DeleteDeviceRequest { tenant, device })
                .await
                .map_err(refused)?;
            return Ok(());
        }
        Command::Token { tenant, device } => return token(session, tenant, device).await,
    };
    let rows: Vec<DeviceRow> = found.into_iter().map(DeviceRow::from).collect();
    table::print(&rows, session.json)
}

async fn token(session: &Session, tenant: String, device: String) -> anyhow::Result<()> {
    let request = IssueDeviceTokenRequest { tenant, device };
    let issued = session
        .devices()
        .issue_device_token(request)
        .await
        .map_err(refused)?;
    let token = issued.into_inner().token;
    if session.json {
        println!("{}", serde_json::json!({ "token": token }));
    } else {
        println!("{token}");
    }
    Ok(())
}

async fn list(session: &Session, tenant: &str) -> anyhow::Result<Vec<Device>> {
    every(async |page_token| {
        let request = ListDevicesRequest {
            tenant: tenant.to_owned(),
            page_size: PAGE_SIZE,
            page_token,
        };
        let page = session.devices().list_devices(request).await?.into_inner();
        Ok((page.devices, page.next_page_token))
    })
    .await
}
