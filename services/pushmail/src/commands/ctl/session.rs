//! An operator's connection to the gateway.

use crate::api::{AdminKey, GatewayArgs};
use anyhow::{Context as _, anyhow};
use pushmail_domain::Secret;
use pushmail_proto::v1::accounts_client::AccountsClient;
use pushmail_proto::v1::devices_client::DevicesClient;
use pushmail_proto::v1::events_client::EventsClient;
use pushmail_proto::v1::fleet_client::FleetClient;
use pushmail_proto::v1::messages_client::MessagesClient;
use pushmail_proto::v1::tenants_client::TenantsClient;
use std::path::Path;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic_types::StatusExt as _;

type Service = InterceptedService<Channel, AdminKey>;

/// How many items of a list are asked for at a time: the most that the API gives.
pub(crate) const PAGE_SIZE: i32 = 1000;

pub(crate) struct Session {
    channel: Channel,
    key: AdminKey,
    pub(crate) json: bool,
}

impl Session {
    pub(crate) async fn open(
        gateway: &GatewayArgs,
        key_file: Option<&Path>,
        json: bool,
    ) -> anyhow::Result<Self> {
        let key = match key_file {
            Some(path) => Secret::new(
                std::fs::read_to_string(path)
                    .with_context(|| format!("--key-file {}: cannot be read", path.display()))?
                    .trim()
                    .to_owned(),
            ),
            None => gateway.data_dir()?.read_admin_key()?,
        };
        Self::with_key(gateway.gateway()?.connect().await?, &key, json)
    }

    pub(crate) fn with_key(
        channel: Channel,
        key: &Secret<String>,
        json: bool,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            channel,
            key: AdminKey::new(key)?,
            json,
        })
    }

    pub(crate) fn tenants(&self) -> TenantsClient<Service> {
        TenantsClient::with_interceptor(self.channel.clone(), self.key.clone())
    }

    pub(crate) fn accounts(&self) -> AccountsClient<Service> {
        AccountsClient::with_interceptor(self.channel.clone(), self.key.clone())
    }

    pub(crate) fn devices(&self) -> DevicesClient<Service> {
        DevicesClient::with_interceptor(self.channel.clone(), self.key.clone())
    }

    pub(crate) fn events(&self) -> EventsClient<Service> {
        EventsClient::with_interceptor(self.channel.clone(), self.key.clone())
    }

    pub(crate) fn fleet(&self) -> FleetClient<Service> {
        FleetClient::with_interceptor(self.channel.clone(), self.key.clone())
    }

    pub(crate) fn messages(&self) -> MessagesClient<Service> {
        MessagesClient::with_interceptor(self.channel.clone(), self.key.clone())
    }
}

/// Every item of a list, page by page: `page` takes a page token and gives items and the next token.
pub(crate) async fn every<T>(
    page: impl AsyncFn(String) -> Result<(Vec<T>, String), tonic::Status>,
) -> anyhow::Result<Vec<T>> {
    let mut all = Vec::new();
    let mut token = String::new();
    loop {
        let (items, next) = page(token).await.map_err(refused)?;
        all.extend(items);
        if next.is_empty() {
            return Ok(all);
        }
        token = next;
    }
}

/// What the gateway refused, with the fields that it named.
pub(crate) fn refused(status: tonic::Status) -> anyhow::Error {
    let fields = status.get_error_details();
    let fields = fields
        .bad_request()
        .map_or(&[][..], |bad| &bad.field_violations[..]);
    if fields.is_empty() {
        return match status.message() {
            "" => anyhow!("{}", status.code()),
            message => anyhow!("{message}"),
        };
    }
    let lines = fields
        .iter()
        .map(|v| format!("  {}: {}", v.field, v.description));
    anyhow!(
        "the request is refused:\n{}",
        lines.collect::<Vec<_>>().join("\n")
    )
}
