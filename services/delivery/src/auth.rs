//! Who a caller is: the bearer token in the metadata of `Connect`.

use pushmail_domain::DeviceToken;
use pushmail_registry::{Device, Registry, RegistryError};
use tonic::Status;
use tonic::metadata::MetadataMap;

/// Finds the device whose token the metadata holds.
///
/// Every cause of refusal looks the same from outside, so that nobody learns which devices exist.
pub(crate) async fn authenticate(
    registry: &dyn Registry,
    metadata: &MetadataMap,
) -> Result<(Device, DeviceToken), Status> {
    let token = bearer(metadata).ok_or_else(refused)?;
    match device(registry, &token).await {
        Ok(Some(device)) => Ok((device, token)),
        Ok(None) => Err(refused()),
        Err(error) => Err(unavailable(&error)),
    }
}

/// The device whose token this is now; `None` if it is nobody's.
pub(crate) async fn device(
    registry: &dyn Registry,
    token: &DeviceToken,
) -> Result<Option<Device>, RegistryError> {
    let kept = registry.token(token.tenant(), token.device()).await?;
    if kept.is_none_or(|kept| !token.matches(&kept)) {
        return Ok(None);
    }
    registry.device(token.tenant(), token.device()).await
}

/// The one answer to every bad token.
pub(crate) fn refused() -> Status {
    Status::unauthenticated(
        "the device token is missing or not valid: issue a new one, and send it as `authorization: Bearer <token>`",
    )
}

/// The registry cannot be asked now.
pub(crate) fn unavailable(error: &RegistryError) -> Status {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "the registry did not answer"
    );
    Status::unavailable("the gateway cannot look up devices now: connect again later")
}

/// The token of `authorization: Bearer <token>` (RFC 6750, section 2.1).
fn bearer(metadata: &MetadataMap) -> Option<DeviceToken> {
    let header = metadata.get("authorization")?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    DeviceToken::parse(token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::{DeviceId, Entropy, TenantId};

    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(9);
        }
    }

    fn header(value: &str) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        metadata.insert("authorization", value.parse().unwrap());
        metadata
    }

    #[test]
    fn the_scheme_may_be_written_in_any_case() {
        let tenant = TenantId::from_bytes([1; 16]);
        let token = DeviceToken::mint(tenant, DeviceId::from_bytes([2; 16]), &Fixed);
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let read = bearer(&header(&format!("{scheme} {}", token.expose()))).unwrap();
            assert_eq!(read.device(), token.device());
        }
        assert!(bearer(&header(&format!("Basic {}", token.expose()))).is_none());
        assert!(bearer(&header(token.expose())).is_none());
        assert!(bearer(&MetadataMap::new()).is_none());
    }
}
