use super::*;

const ANN: TenantId = TenantId::from_bytes([1; 16]);
const BOB: TenantId = TenantId::from_bytes([2; 16]);

fn all<T>(order: &mut Order<T>) -> Vec<T> {
    std::iter::from_fn(|| order.serve()).collect()
}

#[test]
fn devices_come_first_then_who_was_live_then_the_rest() {
    let mut order = Order::default();
    for (name, lane) in [
        ("new", Lane::New),
        ("live", Lane::Live),
        ("device", Lane::Device),
        ("new too", Lane::New),
        ("device too", Lane::Device),
    ] {
        order.join(ANN, lane, name);
    }
    let expected = ["device", "device too", "live", "new", "new too"];
    assert_eq!(all(&mut order), expected);
}

#[test]
fn within_a_lane_tenants_take_turns() {
    let mut order = Order::default();
    for name in ["a1", "a2", "a3", "a4"] {
        order.join(ANN, Lane::Live, name);
    }
    for name in ["b1", "b2"] {
        order.join(BOB, Lane::Live, name);
    }
    assert_eq!(all(&mut order), ["a1", "b1", "a2", "b2", "a3", "a4"]);
}

#[test]
fn a_tenant_that_comes_again_and_again_does_not_keep_another_one_out() {
    let mut order = Order::default();
    order.join(ANN, Lane::New, "a");
    for name in ["b1", "b2", "b3"] {
        order.join(BOB, Lane::New, name);
    }
    let mut served = Vec::new();
    for _ in 0..6 {
        let name = order.serve().unwrap();
        served.push(name);
        if name == "a" {
            order.join(ANN, Lane::New, "a");
        }
    }
    assert_eq!(served, ["a", "b1", "b2", "a", "b3", "a"]);
}

#[test]
fn others_wait_for_one_session_at_most() {
    let mut order = Order::default();
    for name in ["s1", "s2", "s3", "s4"] {
        order.join(ANN, Lane::Session, name);
    }
    for name in ["w1", "w2"] {
        order.join(ANN, Lane::New, name);
    }
    assert_eq!(all(&mut order), ["s1", "w1", "s2", "w2", "s3", "s4"]);
}

#[test]
fn one_in_sixteen_goes_to_who_has_waited_longest() {
    let mut order = Order::default();
    order.join(ANN, Lane::New, "new");
    for _ in 0..40 {
        order.join(BOB, Lane::Device, "device");
    }
    let order = all(&mut order);
    assert_eq!(order.iter().position(|name| *name == "new"), Some(15));
}

#[test]
fn who_leaves_is_not_served_and_leaves_nothing_behind() {
    let mut order = Order::default();
    let one = order.join(ANN, Lane::Live, 1);
    let two = order.join(ANN, Lane::Live, 2);
    assert_eq!(order.leave(two), Some(2));
    assert_eq!((order.leave(two), order.len()), (None, 1));
    assert_eq!(all(&mut order), [1]);
    assert_eq!(order.leave(one), None);
    assert!(order.is_empty() && order.tenants.is_empty() && order.by_age.is_empty());
}
