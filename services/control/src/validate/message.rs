//! Requests that read messages.

use super::Checks;
use pushmail_domain::{AccountId, FolderId, TenantId};
use pushmail_mailbox::Part;
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::fetch_request;
use tonic::Status;

/// The longest name that a server gives a message.
const MAX_SERVER_ID: usize = 512;
/// How many bytes are read if the caller does not say.
const DEFAULT_LIMIT: usize = 2048;

/// A valid `FetchRequest`.
#[derive(Debug)]
pub(crate) struct Fetch {
    pub(crate) tenant: TenantId,
    pub(crate) account: AccountId,
    pub(crate) folder: FolderId,
    pub(crate) uid_validity: Option<u32>,
    /// 0 if there is only a `server_id`.
    pub(crate) uid: u32,
    /// Empty if there is only a `uid`.
    pub(crate) server_id: String,
    pub(crate) part: Part,
    pub(crate) offset: u64,
    /// At least 1.
    pub(crate) limit: usize,
}

/// Checks a `FetchRequest` of a caller who belongs to the tenant `own`, if to one.
pub(crate) fn fetch(request: pb::FetchRequest, own: Option<TenantId>) -> Result<Fetch, Status> {
    let mut checks = Checks::default();
    let tenant = match own {
        Some(own) if request.tenant.is_empty() => Some(own),
        _ => checks.id("tenant", &request.tenant),
    };
    let account = checks.id("account", &request.account);
    let folder = checks.id("folder_id", &request.folder_id);
    if request.uid == 0 && request.server_id.is_empty() {
        checks.note(
            "uid",
            "must be at least 1: give the UID that the event has, or its server_id",
        );
    }
    if request.server_id.len() > MAX_SERVER_ID {
        checks.note("server_id", "must have up to 512 bytes");
    }
    let part = part(&mut checks, request.part);
    let offset = match u64::try_from(request.offset) {
        Ok(offset) => Some(offset),
        Err(_) => checks.refuse("offset", "must be at least 0"),
    };
    let limit = match usize::try_from(request.limit) {
        Ok(0) => Some(DEFAULT_LIMIT),
        Ok(limit) => Some(limit),
        Err(_) => checks.refuse("limit", "must be at least 1, or 0 for 2048"),
    };
    match (tenant, account, folder, part, offset, limit) {
        (Some(tenant), Some(account), Some(folder), Some(part), Some(offset), Some(limit))
            if checks.passed() =>
        {
            Ok(Fetch {
                tenant,
                account,
                folder,
                uid_validity: (request.uid_validity > 0).then_some(request.uid_validity),
                uid: request.uid,
                server_id: request.server_id,
                part,
                offset,
                limit,
            })
        }
        _ => Err(checks.refused()),
    }
}

fn part(checks: &mut Checks, part: Option<fetch_request::Part>) -> Option<Part> {
    match part {
        None => checks.refuse(
            "part",
            "is required: give headers, text, section or raw; text is usual",
        ),
        Some(fetch_request::Part::Headers(_)) => Some(Part::Headers),
        Some(fetch_request::Part::Text(_)) => Some(Part::Text),
        Some(fetch_request::Part::Raw(_)) => Some(Part::Raw),
        Some(fetch_request::Part::Section(text)) => match text.parse() {
            Ok(section) => Some(Part::Section(section)),
            Err(error) => checks.refuse("section", error.to_string()),
        },
    }
}
