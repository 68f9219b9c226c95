use super::*;

const ANN: TenantId = TenantId::from_bytes([1; 16]);
const BOB: TenantId = TenantId::from_bytes([2; 16]);

/// Who is served, by name, when everybody is.
fn order(line: &mut Line, waiters: &mut Vec<(&'static str, Waiter)>) -> Vec<&'static str> {
    let mut order = Vec::new();
    while line.serve() {
        let at = waiters
            .iter_mut()
            .position(|(_, waiter)| waiter.is_served());
        order.push(waiters.remove(at.unwrap()).0);
    }
    order
}

#[test]
fn devices_come_first_then_who_was_live_then_the_rest() {
    let mut line = Line::default();
    let lanes = [
        ("new", Lane::New),
        ("live", Lane::Live),
        ("device", Lane::Device),
        ("new too", Lane::New),
        ("device too", Lane::Device),
    ];
    let join = |(name, lane)| (name, line.join(ANN, lane));
    let mut waiters = lanes.map(join).into_iter().collect();
    let expected = ["device", "device too", "live", "new", "new too"];
    assert_eq!(order(&mut line, &mut waiters), expected);
    assert!(!line.serve());
}

#[test]
fn within_a_lane_tenants_take_turns() {
    let mut line = Line::default();
    let mut waiters: Vec<_> = ["a1", "a2", "a3", "a4"]
        .map(|name| (name, line.join(ANN, Lane::Live)))
        .into_iter()
        .collect();
    waiters.extend(["b1", "b2"].map(|name| (name, line.join(BOB, Lane::Live))));
    let expected = ["a1", "b1", "a2", "b2", "a3", "a4"];
    assert_eq!(order(&mut line, &mut waiters), expected);
}

#[test]
fn a_tenant_that_comes_again_and_again_does_not_keep_another_one_out() {
    let mut line = Line::default();
    let mut waiting = vec![("a", line.join(ANN, Lane::New))];
    waiting.extend(["b1", "b2", "b3"].map(|name| (name, line.join(BOB, Lane::New))));
    let mut served = Vec::new();
    for _ in 0..6 {
        assert!(line.serve());
        let at = waiting
            .iter_mut()
            .position(|(_, waiter)| waiter.is_served());
        let (name, _) = waiting.remove(at.unwrap());
        served.push(name);
        if name == "a" {
            waiting.push(("a", line.join(ANN, Lane::New)));
        }
    }
    assert_eq!(served, ["a", "b1", "b2", "a", "b3", "a"]);
}

#[test]
fn others_wait_for_one_session_at_most() {
    let mut line = Line::default();
    let join = |line: &mut Line, name, lane| (name, line.join(ANN, lane));
    let mut waiters = ["s1", "s2", "s3", "s4"]
        .map(|name| join(&mut line, name, Lane::Session))
        .into_iter()
        .collect::<Vec<_>>();
    waiters.extend(["w1", "w2"].map(|name| join(&mut line, name, Lane::New)));
    let expected = ["s1", "w1", "s2", "w2", "s3", "s4"];
    assert_eq!(order(&mut line, &mut waiters), expected);
}

#[test]
fn one_in_sixteen_goes_to_who_has_waited_longest() {
    let mut line = Line::default();
    let mut waiters = vec![("new", line.join(ANN, Lane::New))];
    waiters.extend((0..40).map(|_| ("device", line.join(BOB, Lane::Device))));
    let order = order(&mut line, &mut waiters);
    assert_eq!(order.iter().position(|name| *name == "new"), Some(15));
}

#[test]
fn who_leaves_is_not_served_and_who_was_served_leaves_it_to_another() {
    let mut line = Line::default();
    let [one, two, three] = [(); 3].map(|()| line.join(ANN, Lane::Live));
    assert!(!line.leave(two));
    assert!(line.serve());
    assert!(line.leave(one));
    drop(three);
    assert_eq!(line.len(), 1);
    assert!(!line.serve(), "nobody is there to be served");
    assert!(line.tenants.is_empty() && line.by_age.is_empty());
}
