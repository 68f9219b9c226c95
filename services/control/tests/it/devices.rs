//! Devices and their tokens.

use crate::fields::fields;
use crate::world::{NO_ACCOUNT, NO_DEVICE, World};
use pushmail_domain::DeviceToken;
use pushmail_proto::v1 as pb;
use tonic::{Code, Status};

async fn create(
    world: &World,
    tenant: &str,
    accounts: &[&str],
    request_id: &str,
) -> Result<pb::Device, Status> {
    let request = world.ask(pb::CreateDeviceRequest {
        tenant: tenant.into(),
        name: "phone".into(),
        accounts: accounts.iter().map(ToString::to_string).collect(),
        request_id: request_id.into(),
    });
    let reply = world.devices().create_device(request).await?;
    Ok(reply.into_inner().device.unwrap())
}

async fn issue(world: &World, tenant: &str, device: &str) -> Result<String, Status> {
    let request = world.ask(pb::IssueDeviceTokenRequest {
        tenant: tenant.into(),
        device: device.into(),
    });
    let reply = world.devices().issue_device_token(request).await?;
    Ok(reply.into_inner().token)
}

async fn get(world: &World, tenant: &str, device: &str) -> Result<pb::Device, Status> {
    let request = world.ask(pb::GetDeviceRequest {
        tenant: tenant.into(),
        device: device.into(),
    });
    let reply = world.devices().get_device(request).await?;
    Ok(reply.into_inner().device.unwrap())
}

#[tokio::test]
async fn a_device_is_made_once_listed_and_deleted() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.account(&tenant).await.id;
    let device = create(&world, &tenant, &[&account], "once").await.unwrap();
    let again = create(&world, &tenant, &[&account], "once").await.unwrap();
    assert_eq!(device, again);
    assert_eq!(device.accounts, [account]);
    assert_eq!(get(&world, &tenant, &device.id).await.unwrap(), device);

    let list = pb::ListDevicesRequest {
        tenant: tenant.clone(),
        ..Default::default()
    };
    let listed = world.devices().list_devices(world.ask(list)).await.unwrap();
    assert_eq!(
        listed.into_inner().devices[..],
        *std::slice::from_ref(&device)
    );

    let delete = pb::DeleteDeviceRequest {
        tenant: tenant.clone(),
        device: device.id.clone(),
    };
    world
        .devices()
        .delete_device(world.ask(delete))
        .await
        .unwrap();
    let missing = get(&world, &tenant, &device.id).await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
}

#[tokio::test]
async fn a_device_gets_accounts_of_its_own_tenant_only_and_the_others_are_named() {
    let world = World::start().await;
    let (one, two) = (world.tenant("one").await, world.tenant("two").await);
    let (own, foreign) = (world.account(&one).await.id, world.account(&two).await.id);
    let accounts = [own.as_str(), foreign.as_str(), NO_ACCOUNT];
    let refused = create(&world, &one, &accounts, "").await.unwrap_err();
    assert_eq!(fields(&refused), ["accounts[1]", "accounts[2]"]);
}

#[tokio::test]
async fn a_new_token_is_the_device_s_only_one() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.account(&tenant).await.id;
    let device = create(&world, &tenant, &[&account], "").await.unwrap().id;
    let first = issue(&world, &tenant, &device).await.unwrap();
    let second = issue(&world, &tenant, &device).await.unwrap();
    let (tenant, device) = (tenant.parse().unwrap(), device.parse().unwrap());
    let kept = world.registry.token(tenant, device).await.unwrap().unwrap();
    assert!(!DeviceToken::parse(&first).unwrap().matches(&kept));
    let second = DeviceToken::parse(&second).unwrap();
    assert!(second.matches(&kept));
    assert_eq!((second.tenant(), second.device()), (tenant, device));
}

#[tokio::test]
async fn another_tenant_s_device_is_missing() {
    let world = World::start().await;
    let (one, two) = (world.tenant("one").await, world.tenant("two").await);
    let account = world.account(&one).await.id;
    let device = create(&world, &one, &[&account], "").await.unwrap().id;
    for (tenant, device) in [(&two, device.as_str()), (&one, NO_DEVICE)] {
        let issued = issue(&world, tenant, device).await.unwrap_err();
        let got = get(&world, tenant, device).await.unwrap_err();
        for status in [issued, got] {
            assert_eq!(status.code(), Code::NotFound);
            assert!(status.message().contains(device), "{status}");
        }
    }
}
