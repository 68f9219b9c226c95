//! Requests that make a device.

use super::Checks;
use pushmail_domain::{AccountId, TenantId};
use pushmail_proto::v1 as pb;
use std::collections::HashSet;
use tonic::Status;

const MAX_ACCOUNTS: usize = 64;

/// A valid `CreateDeviceRequest`.
#[derive(Debug)]
pub(crate) struct CreateDevice {
    pub(crate) tenant: TenantId,
    pub(crate) name: String,
    pub(crate) accounts: Vec<AccountId>,
    pub(crate) request_id: Option<String>,
}

/// Checks a `CreateDeviceRequest`.
pub(crate) fn create(request: pb::CreateDeviceRequest) -> Result<CreateDevice, Status> {
    let mut checks = Checks::default();
    let tenant = checks.id("tenant", &request.tenant);
    let name = checks.text("name", request.name, 1..=128);
    let accounts = accounts(&mut checks, &request.accounts);
    let request_id = checks.request_id(request.request_id);
    let (Some(tenant), Some(name), Some(accounts), Some(request_id)) =
        (tenant, name, accounts, request_id)
    else {
        return Err(checks.refused());
    };
    Ok(CreateDevice {
        tenant,
        name,
        accounts,
        request_id,
    })
}

/// The answer if some of a device's accounts, at these places of the request, are not the tenant's.
pub(crate) fn strangers(tenant: TenantId, places: &[usize]) -> Status {
    let mut checks = Checks::default();
    for place in places {
        let rule = format!("is no account of tenant {tenant}: list the tenant's accounts");
        checks.note(&format!("accounts[{place}]"), rule);
    }
    checks.refused()
}

fn accounts(checks: &mut Checks, ids: &[String]) -> Option<Vec<AccountId>> {
    if !(1..=MAX_ACCOUNTS).contains(&ids.len()) {
        return checks.refuse("accounts", "must be 1 to 64 account ids");
    }
    let mut seen = HashSet::new();
    let mut good = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        let field = format!("accounts[{index}]");
        match checks.id(&field, id) {
            Some(id) if seen.insert(id) => good.push(id),
            Some(_) => checks.note(&field, "is named twice: name it once"),
            None => {}
        }
    }
    (good.len() == ids.len()).then_some(good)
}
