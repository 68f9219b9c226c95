//! The Devices service.

use crate::page::List;
use crate::reply::{self, Thing};
use crate::state::State;
use crate::validate::{self, device::CreateDevice};
use pushmail_domain::{DeviceId, DeviceToken};
use pushmail_proto::convert::timestamp;
use pushmail_proto::v1 as pb;
use pushmail_registry::{Device, RegistryError, RegistryErrorKind};
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::devices_server::Devices for State {
    async fn create_device(
        &self,
        request: Request<pb::CreateDeviceRequest>,
    ) -> Result<Response<pb::CreateDeviceResponse>, Status> {
        self.answer(create(self, request.into_inner()).await)
    }

    async fn get_device(
        &self,
        request: Request<pb::GetDeviceRequest>,
    ) -> Result<Response<pb::GetDeviceResponse>, Status> {
        self.answer(get(self, &request.into_inner()).await)
    }

    async fn list_devices(
        &self,
        request: Request<pb::ListDevicesRequest>,
    ) -> Result<Response<pb::ListDevicesResponse>, Status> {
        self.answer(list(self, &request.into_inner()).await)
    }

    async fn delete_device(
        &self,
        request: Request<pb::DeleteDeviceRequest>,
    ) -> Result<Response<pb::DeleteDeviceResponse>, Status> {
        self.answer(delete(self, &request.into_inner()).await)
    }

    async fn issue_device_token(
        &self,
        request: Request<pb::IssueDeviceTokenRequest>,
    ) -> Result<Response<pb::IssueDeviceTokenResponse>, Status> {
        self.answer(issue_token(self, &request.into_inner()).await)
    }
}

async fn create(
    state: &State,
    request: pb::CreateDeviceRequest,
) -> Result<pb::CreateDeviceResponse, Status> {
    let CreateDevice {
        tenant,
        name,
        accounts,
        request_id,
    } = validate::device::create(request)?;
    state.tenant(tenant).await?;
    let device = Device {
        id: DeviceId::random(&*state.deps.entropy),
        tenant,
        name,
        accounts,
        created_at: state.deps.clock.now(),
    };
    let registry = &state.deps.registry;
    let made = registry.create_device(device.clone(), request_id.as_deref());
    match made.await {
        Ok(device) => Ok(pb::CreateDeviceResponse {
            device: Some(write(device)),
        }),
        Err(error) => Err(not_created(state, &device, &error).await?),
    }
}

/// Why a device was not made: which of its accounts are not the tenant's, if that is it.
async fn not_created(
    state: &State,
    device: &Device,
    error: &RegistryError,
) -> Result<Status, Status> {
    let tenant = device.tenant;
    if error.kind != RegistryErrorKind::InvalidReference {
        return Ok(reply::registry(error, Thing::Tenant(tenant)));
    }
    let mut strangers = Vec::new();
    for (place, account) in device.accounts.iter().enumerate() {
        let found = state.deps.registry.account(tenant, *account).await;
        let found = found.map_err(|e| reply::registry(&e, Thing::Account(tenant, *account)))?;
        if found.is_none() {
            strangers.push(place);
        }
    }
    Ok(validate::device::strangers(tenant, &strangers))
}

async fn get(
    state: &State,
    request: &pb::GetDeviceRequest,
) -> Result<pb::GetDeviceResponse, Status> {
    let (tenant, id) = validate::device_key(&request.tenant, &request.device)?;
    let thing = Thing::Device(tenant, id);
    let found = state.deps.registry.device(tenant, id).await;
    let device = found
        .map_err(|error| reply::registry(&error, thing))?
        .ok_or_else(|| reply::not_found(thing))?;
    Ok(pb::GetDeviceResponse {
        device: Some(write(device)),
    })
}

async fn list(
    state: &State,
    request: &pb::ListDevicesRequest,
) -> Result<pb::ListDevicesResponse, Status> {
    let pb::ListDevicesRequest {
        tenant,
        page_size,
        page_token,
    } = request;
    let (tenant, page) = validate::owned_page(List::devices, tenant, *page_size, page_token)?;
    state.tenant(tenant).await?;
    let devices = state.deps.registry.list_devices(tenant, page).await;
    let mut devices = devices.map_err(|error| reply::page(&error, Some(tenant)))?;
    let next_page_token = List::devices(tenant).next_token(&page, &mut devices, |device| device.id);
    Ok(pb::ListDevicesResponse {
        devices: devices.into_iter().map(write).collect(),
        next_page_token,
    })
}

async fn delete(
    state: &State,
    request: &pb::DeleteDeviceRequest,
) -> Result<pb::DeleteDeviceResponse, Status> {
    let (tenant, id) = validate::device_key(&request.tenant, &request.device)?;
    let deleted = state.deps.registry.delete_device(tenant, id).await;
    deleted.map_err(|error| reply::registry(&error, Thing::Device(tenant, id)))?;
    Ok(pb::DeleteDeviceResponse {})
}

async fn issue_token(
    state: &State,
    request: &pb::IssueDeviceTokenRequest,
) -> Result<pb::IssueDeviceTokenResponse, Status> {
    let (tenant, id) = validate::device_key(&request.tenant, &request.device)?;
    let token = DeviceToken::mint(tenant, id, &*state.deps.entropy);
    let stored = state
        .deps
        .registry
        .set_token(tenant, id, token.hash())
        .await;
    stored.map_err(|error| reply::registry(&error, Thing::Device(tenant, id)))?;
    Ok(pb::IssueDeviceTokenResponse {
        token: token.expose().to_owned(),
    })
}

fn write(device: Device) -> pb::Device {
    pb::Device {
        id: device.id.to_string(),
        tenant: device.tenant.to_string(),
        name: device.name,
        accounts: device.accounts.iter().map(ToString::to_string).collect(),
        created_at: Some(timestamp(device.created_at)),
    }
}
