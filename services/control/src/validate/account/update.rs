//! Requests that change an account.

use super::{Checks, access_token, content, events, folders, password};
use pushmail_domain::{AccountId, Authentication, ContentLevel, EventScope, Secret, TenantId};
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::update_account_request::Credential;
use tonic::Status;

/// A valid `UpdateAccountRequest`; what is `None` stays.
#[derive(Debug)]
pub(crate) struct UpdateAccount {
    pub(crate) tenant: TenantId,
    pub(crate) account: AccountId,
    pub(crate) address: Option<String>,
    pub(crate) authentication: Option<Authentication>,
    pub(crate) selection: Option<Vec<String>>,
    pub(crate) content: Option<ContentLevel>,
    pub(crate) events: Option<EventScope>,
}

/// Which fields are to be changed.
#[derive(Debug, Default)]
struct Mask {
    address: bool,
    credential: bool,
    folders: bool,
    content: bool,
    events: bool,
}

impl Mask {
    const ALL: Self = Self {
        address: true,
        credential: true,
        folders: true,
        content: true,
        events: true,
    };

    /// What the request asks for (AIP-134): the mask, or without one whatever is given.
    fn of(checks: &mut Checks, request: &pb::UpdateAccountRequest) -> Self {
        let mask = match &request.update_mask {
            Some(mask) if !mask.paths.is_empty() => Self::named(checks, &mask.paths),
            _ => Self::given(request),
        };
        if checks.passed() && !mask.any() {
            checks.note(
                "update_mask",
                "names nothing to change: name address, credential, folders, content or events",
            );
        }
        mask
    }

    fn named(checks: &mut Checks, paths: &[String]) -> Self {
        let mut mask = Self::default();
        for path in paths {
            match path.as_str() {
                "address" => mask.address = true,
                "credential" | "password" | "access_token" => mask.credential = true,
                "folders" => mask.folders = true,
                "content" => mask.content = true,
                "events" => mask.events = true,
                "*" => mask = Self::ALL,
                _ => checks.note(
                    "update_mask",
                    "may name address, credential, folders, content and events only",
                ),
            }
        }
        mask
    }

    const fn given(request: &pb::UpdateAccountRequest) -> Self {
        Self {
            address: !request.address.is_empty(),
            credential: request.credential.is_some(),
            folders: !request.folders.is_empty(),
            content: request.content != 0,
            events: request.events != 0,
        }
    }

    const fn any(&self) -> bool {
        self.address || self.credential || self.folders || self.content || self.events
    }
}

/// Checks an `UpdateAccountRequest`.
pub(crate) fn update(request: pb::UpdateAccountRequest) -> Result<UpdateAccount, Status> {
    let mut checks = Checks::default();
    let tenant = checks.id("tenant", &request.tenant);
    let account = checks.id("account", &request.account);
    let mask = Mask::of(&mut checks, &request);
    let pb::UpdateAccountRequest {
        address,
        credential,
        ..
    } = request;
    let address = mask
        .address
        .then(|| checks.text("address", address, 1..=320));
    let authentication = mask
        .credential
        .then(|| authentication(&mut checks, credential));
    let selection = mask.folders.then(|| folders(&mut checks, request.folders));
    let content = mask.content.then(|| content(&mut checks, request.content));
    let events = mask.events.then(|| events(&mut checks, request.events));
    match (tenant, account) {
        (Some(tenant), Some(account)) if checks.passed() => Ok(UpdateAccount {
            tenant,
            account,
            address: address.flatten(),
            authentication: authentication.flatten(),
            selection: selection.flatten(),
            content: content.flatten(),
            events: events.flatten(),
        }),
        _ => Err(checks.refused()),
    }
}

fn authentication(checks: &mut Checks, credential: Option<Credential>) -> Option<Authentication> {
    match credential {
        None => checks.refuse("credential", "is required: give password or access_token"),
        Some(Credential::Password(text)) => {
            password(checks, Secret::new(text)).map(Authentication::Password)
        }
        Some(Credential::AccessToken(text)) => {
            access_token(checks, Secret::new(text)).map(Authentication::AccessToken)
        }
    }
}
