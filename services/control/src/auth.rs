//! Lets a call in if it carries the admin key.

use crate::admin_key::{self, Hash};
use crate::reply::code_name;
use pushmail_runtime::{Counter, Telemetry};
use tonic::metadata::MetadataMap;
use tonic::service::Interceptor;
use tonic::{Request, Status};

/// One answer for a missing, a malformed and a wrong key, so that it tells nothing about which.
const REFUSAL: &str = "the admin key is missing or wrong: send it in the metadata entry \
    \"authorization: Bearer pmk_…\"; the gateway wrote it to a file in its data directory at its \
    first start, and `pushmail ctl` finds it there";

/// Checks the `authorization` entry of every call (RFC 6750, section 2.1).
#[derive(Clone)]
pub(crate) struct AdminAuth {
    hash: Hash,
    telemetry: Telemetry,
}

impl AdminAuth {
    pub(crate) fn new(hash: Hash, telemetry: Telemetry) -> Self {
        Self { hash, telemetry }
    }
}

impl Interceptor for AdminAuth {
    fn call(&mut self, request: Request<()>) -> Result<Request<()>, Status> {
        if bearer(request.metadata()).is_some_and(|key| admin_key::verify(key, &self.hash)) {
            return Ok(request);
        }
        let refusal = Status::unauthenticated(REFUSAL);
        self.telemetry
            .count(Counter::ApiCalls, code_name(refusal.code()), 1);
        Err(refusal)
    }
}

/// The token of the one `authorization` entry; `None` if there is none, or more than one.
pub(crate) fn bearer(metadata: &MetadataMap) -> Option<&str> {
    let mut entries = metadata.get_all("authorization").iter();
    let entry = entries.next()?.to_str().ok()?;
    if entries.next().is_some() {
        return None;
    }
    let (scheme, token) = entry.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
