//! gRPC as any client speaks it.

use crate::support::{Config, Gateway, pushmail, run};
use pushmail_proto::v1::accounts_client::AccountsClient;
use pushmail_proto::v1::device_gateway_client::DeviceGatewayClient;
use pushmail_proto::v1::tenants_client::TenantsClient;
use pushmail_proto::v1::{
    ConnectRequest, CreateAccountRequest, Hello, ImapUpstream, ListTenantsRequest, connect_request,
};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_types::StatusExt as _;

async fn gateway() -> (Gateway, Channel) {
    let gateway = Gateway::start(&Config::default()).await;
    let channel = Channel::from_shared(gateway.endpoint("grpc"))
        .expect("an address")
        .connect()
        .await;
    (gateway, channel.expect("the gateway answers"))
}

/// The request with this key, or token, as its bearer's.
fn with_key<T>(key: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value: MetadataValue<Ascii> = format!("Bearer {key}").parse().expect("a header value");
    request.metadata_mut().insert("authorization", value);
    request
}

#[tokio::test]
async fn a_call_without_the_right_key_is_refused() {
    let (gateway, channel) = gateway().await;
    let mut tenants = TenantsClient::new(channel.clone());
    let without = tenants
        .list_tenants(ListTenantsRequest::default())
        .await
        .unwrap_err();
    assert_eq!(without.code(), Code::Unauthenticated);
    assert!(without.message().contains("pushmail ctl"), "{without}");
    let wrong = "pmk_".to_owned() + &"0".repeat(64);
    let wrong = tenants
        .list_tenants(with_key(&wrong, ListTenantsRequest::default()))
        .await;
    assert_eq!(wrong.unwrap_err().code(), Code::Unauthenticated);
    let key = gateway.admin_key();
    let right = tenants
        .list_tenants(with_key(key.trim(), ListTenantsRequest::default()))
        .await;
    assert!(right.unwrap().into_inner().tenants.is_empty());

    let hello = ConnectRequest {
        frame: Some(connect_request::Frame::Hello(Hello::default())),
    };
    let frames = tokio_stream::once(hello);
    // An operator's key is no device's token.
    let refused = DeviceGatewayClient::new(channel)
        .connect(with_key(key.trim(), frames))
        .await;
    assert_eq!(refused.err().unwrap().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_token_that_no_device_has_ends_listen_with_its_own_exit_code() {
    let (gateway, _) = gateway().await;
    let tenant = gateway.tenant("acme").await;
    let account = gateway
        .account(&tenant, "imaps://me@localhost:1", &["--password-env", "PW"])
        .await;
    let made = gateway
        .ctl(&["device", "create", &tenant, "phone", "--account", &account])
        .await;
    let device = made[0]["id"].as_str().unwrap();
    let token = gateway.ctl(&["device", "token", &tenant, device]).await;
    let old = token[0]["token"].as_str().unwrap();
    // A new token replaces the one before.
    gateway.ctl(&["device", "token", &tenant, device]).await;
    let mut command = pushmail();
    command
        .args(["listen", "--json", "--token-env", "TOKEN", "--data"])
        .arg(gateway.data());
    let ended = run(command.env("TOKEN", old)).await;
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(!ended.stderr.contains(old), "{ended:?}");
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let (gateway, channel) = gateway().await;
    let request = CreateAccountRequest {
        tenant: "acme".into(),
        eas: None,
        imap: Some(ImapUpstream {
            port: 70_000,
            ..ImapUpstream::default()
        }),
        ..CreateAccountRequest::default()
    };
    let mut accounts = AccountsClient::new(channel);
    let refused = accounts
        .create_account(with_key(gateway.admin_key().trim(), request))
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let details = refused.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    for field in ["tenant", "address", "imap.host", "imap.port", "imap.user"] {
        let named = violations.iter().any(|violation| violation.field == field);
        assert!(named, "{field} is not among {violations:?}");
    }
}

#[tokio::test]
async fn health_is_told() {
    let (_gateway, channel) = gateway().await;
    let request = HealthCheckRequest {
        service: String::new(),
    };
    // Who says that it is ready and who tells its health do not wait for each other.
    let mut health = HealthClient::new(channel)
        .watch(request)
        .await
        .unwrap()
        .into_inner();
    while health.message().await.unwrap().unwrap().status() != ServingStatus::Serving {}
}

#[tokio::test]
async fn reflection_lists_the_services() {
    let (_gateway, channel) = gateway().await;
    let request = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..ServerReflectionRequest::default()
    };
    let mut client = ServerReflectionClient::new(channel);
    let answers = client
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap();
    let answer = answers.into_inner().message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("no list of services: {answer:?}");
    };
    let names: Vec<String> = list
        .service
        .into_iter()
        .map(|service| service.name)
        .collect();
    for name in [
        "Tenants",
        "Accounts",
        "Devices",
        "Events",
        "Messages",
        "DeviceGateway",
    ] {
        let full = format!("pushmail.v1.{name}");
        assert!(names.contains(&full), "{full} is not among {names:?}");
    }
    assert!(
        names.contains(&"grpc.health.v1.Health".to_owned()),
        "{names:?}"
    );
}

#[tokio::test]
async fn ctl_prints_tables_for_people() {
    let (gateway, _) = gateway().await;
    let tenant = gateway.tenant("acme").await;
    let mut command = pushmail();
    command
        .args(["ctl", "tenant", "list", "--data"])
        .arg(gateway.data());
    let ended = run(&mut command).await;
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(
        lines[0].starts_with("TENANT") && lines[0].contains("NAME"),
        "{ended:?}"
    );
    assert!(
        lines[1].starts_with(&tenant) && lines[1].contains("acme"),
        "{ended:?}"
    );
}
