//! Promises about tenants' wrapped keys.

use super::sample::*;
use crate::{Registry, WrappedKeys};

/// And nobody else's; a tenant that is gone has none.
pub async fn keys_are_replaced_if_they_are_as_they_were_read(
    registry: &(impl Registry + WrappedKeys),
) {
    with_tenants(registry, &[1, 2]).await;
    let (one, before) = (tenant_id(1), tenant(1).keys);
    for (from, to, done) in [
        (&before, &[7][..], true),
        (&before, &[8], false),
        (&vec![7], &[9], true),
    ] {
        let replaced = registry.replace_keys(one, from, to).await;
        assert_eq!(replaced.unwrap(), done, "{to:?}");
    }
    let stands = registry.tenant(one).await.unwrap().unwrap();
    assert_eq!(stands.keys, [9]);
    let other = registry.tenant(tenant_id(2)).await.unwrap();
    assert_eq!(other, Some(tenant(2)));
    let gone = registry.replace_keys(tenant_id(3), &[9], &[1]).await;
    assert!(!gone.unwrap());
}
