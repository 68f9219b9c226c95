//! Nobody gets in without the admin key.

use crate::world::{World, with_key};
use prost::Message as _;
use pushmail_control::admin_key;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

const SERVICES: [&str; 4] = ["Tenants", "Accounts", "Devices", "Events"];

/// The path of every method of the four services, out of their description.
fn paths() -> Vec<String> {
    let set = prost_types::FileDescriptorSet::decode(pushmail_proto::DESCRIPTORS).unwrap();
    let services = set.file.iter().flat_map(|file| &file.service);
    services
        .filter(|service| SERVICES.contains(&service.name()))
        .flat_map(|service| {
            let path = |method: &prost_types::MethodDescriptorProto| {
                format!("/pushmail.v1.{}/{}", service.name(), method.name())
            };
            service.method.iter().map(path)
        })
        .collect()
}

/// Calls with an empty message: every message can be read from one.
async fn call(world: &World, path: &str, request: Request<()>) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(world.channel.clone());
    client.ready().await.unwrap();
    let path = PathAndQuery::try_from(path).unwrap();
    let codec = ProstCodec::<(), ()>::default();
    client.unary(request, path, codec).await.map(drop)
}

#[tokio::test]
async fn every_method_refuses_calls_without_the_admin_key_in_the_same_words() {
    let world = World::start().await;
    let paths = paths();
    assert!(paths.len() >= 16, "{paths:?}");
    let wrong = format!("pmk_{}", "0".repeat(64));
    let right = world.key.expose();
    for path in &paths {
        let mut answers = vec![call(&world, path, Request::new(())).await.unwrap_err()];
        for authorization in [
            format!("Bearer {wrong}"),
            format!("Basic {right}"),
            format!("Bearer {right}0"),
            format!("Bearer {}", &right[..right.len() - 1]),
            right.clone(),
            "Bearer ".to_owned(),
        ] {
            let refused = call(&world, path, with_key((), &authorization)).await;
            answers.push(refused.unwrap_err());
        }
        for answer in answers {
            assert_eq!(answer.code(), Code::Unauthenticated, "{path}");
            assert!(answer.message().contains("data directory"), "{answer}");
            assert!(!answer.message().contains(&wrong));
        }
    }
    let counted = world.telemetry.render();
    assert!(counted.contains("unauthenticated"), "{counted}");
}

#[tokio::test]
async fn two_authorization_entries_are_refused_even_if_one_is_right() {
    let world = World::start().await;
    let mut request = world.ask(());
    let other = "Bearer pmk_0".parse().unwrap();
    request.metadata_mut().append("authorization", other);
    let refused = call(&world, "/pushmail.v1.Tenants/ListTenants", request).await;
    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn every_method_lets_the_admin_key_in_and_checks_the_request() {
    let world = World::start().await;
    for path in paths() {
        let answer = call(&world, &path, world.ask(())).await;
        match path.as_str() {
            "/pushmail.v1.Tenants/ListTenants" => answer.unwrap(),
            _ => assert_eq!(answer.unwrap_err().code(), Code::InvalidArgument, "{path}"),
        }
    }
}

#[tokio::test]
async fn the_admin_key_is_shown_once() {
    let world = World::start().await;
    let again = admin_key::ensure(&*world.registry, &*world.entropy).await;
    assert!(again.unwrap().is_none());
}
