use super::*;
use futures::FutureExt as _;

const ANN: TenantId = TenantId::from_bytes([1; 16]);
const BOB: TenantId = TenantId::from_bytes([2; 16]);

/// The permit, if it is to be had at once.
fn enter(connecting: &Connecting, tenant: TenantId) -> Option<Permit> {
    connecting.enter(tenant, Lane::Live).now_or_never()
}

#[test]
fn a_tenant_has_at_most_a_quarter_and_leaves_the_rest_to_others() {
    let connecting = Connecting::new(8);
    let held = [(); 2].map(|()| enter(&connecting, ANN).unwrap());
    assert!(enter(&connecting, ANN).is_none());
    let others = [(); 2].map(|()| enter(&connecting, BOB).unwrap());
    assert!(enter(&connecting, BOB).is_none());
    drop(held);
    assert!(enter(&connecting, ANN).is_some());
    drop(others);
}

#[test]
fn all_tenants_together_have_no_more_than_the_worker_allows() {
    let connecting = Connecting::new(2);
    let held = [1, 2].map(|tenant| enter(&connecting, TenantId::from_bytes([tenant; 16])).unwrap());
    let third = TenantId::from_bytes([3; 16]);
    assert!(enter(&connecting, third).is_none());
    drop(held);
    assert!(enter(&connecting, third).is_some());
}

#[test]
fn whose_device_waits_is_connected_before_those_who_came_earlier() {
    let connecting = Connecting::new(1);
    let held = enter(&connecting, ANN).unwrap();
    let lanes = [Lane::New, Lane::Live, Lane::Device];
    let mut waiting = lanes.map(|lane| Some(Box::pin(connecting.enter(ANN, lane))));
    let mut is_in = |at: usize| {
        let waits = waiting[at].as_mut();
        let entered = waits.and_then(|waiting| waiting.now_or_never());
        if entered.is_some() {
            waiting[at] = None;
        }
        entered
    };
    assert!((0..3).all(|at| is_in(at).is_none()));
    drop(held);
    for first in [2, 1, 0] {
        assert!((0..first).all(|at| is_in(at).is_none()));
        drop(is_in(first).unwrap());
    }
}

#[test]
fn a_tenant_may_always_have_one() {
    let connecting = Connecting::new(0);
    let held = enter(&connecting, ANN).unwrap();
    assert!(enter(&connecting, ANN).is_none());
    drop(held);
    assert!(enter(&connecting, ANN).is_some());
}

#[test]
fn a_tenant_without_accounts_that_connect_is_forgotten() {
    let connecting = Connecting::new(4);
    let held = enter(&connecting, ANN).unwrap();
    // This one waits, and gives up.
    assert!(enter(&connecting, ANN).is_none());
    assert_eq!(lock(&connecting.tenants).len(), 1);
    drop(held);
    assert!(lock(&connecting.tenants).is_empty());
}

#[test]
fn a_server_that_is_too_slow_is_named() {
    let endpoint = Endpoint {
        host: "mail.example.org".to_owned(),
        port: 993,
        security: pushmail_domain::Security::Tls,
    };
    let fault = too_slow(&endpoint);
    assert_eq!(fault.kind, FaultKind::Timeout);
    assert!(fault.message.contains("mail.example.org:993"), "{fault}");
}
