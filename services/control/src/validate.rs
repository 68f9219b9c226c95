//! Requests as values that can only be valid.
//!
//! All violations of a request are collected and answered together, each with the path of its field
//! and the rule with its remedy (AIP-193, `BadRequest`). No answer repeats what a field held.

pub(crate) mod account;
pub(crate) mod device;
mod host;
pub(crate) mod message;

use crate::page::List;
use pushmail_domain::{AccountId, DeviceId, IdError, TenantId};
use pushmail_registry::Page;
use std::ops::RangeInclusive;
use std::str::FromStr;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

/// No more violations are told: they travel in a header, and clients bound those to 8 KiB or more.
const MAX_VIOLATIONS: usize = 16;
/// How many things a page has if the caller does not say.
const DEFAULT_PAGE: u32 = 100;
/// The largest page that callers may ask for.
const MAX_PAGE: i32 = 1000;
/// The most that the registry lists at once: one fewer, and one that shows whether more follow.
const MAX_READ: u32 = 1000;

/// Collects a request's violations. Every check returns `None` exactly if it added one.
#[derive(Default)]
pub(crate) struct Checks(Vec<FieldViolation>);

impl Checks {
    /// Notes that `field` breaks a rule.
    pub(crate) fn note(&mut self, field: &str, rule: impl Into<String>) {
        if self.0.len() < MAX_VIOLATIONS {
            self.0.push(FieldViolation::new(field, rule));
        }
    }

    /// Notes that `field` breaks a rule, and gives no value for it.
    fn refuse<T>(&mut self, field: &str, rule: impl Into<String>) -> Option<T> {
        self.note(field, rule);
        None
    }

    /// Whether nothing was noted.
    pub(crate) const fn passed(&self) -> bool {
        self.0.is_empty()
    }

    /// An id of the kind asked for.
    pub(crate) fn id<Id: FromStr<Err = IdError>>(&mut self, field: &str, text: &str) -> Option<Id> {
        if text.is_empty() {
            return self.refuse(field, "must not be empty: give the id");
        }
        match text.parse() {
            Ok(id) => Some(id),
            Err(error) => self.refuse(field, format!("is not an id of its kind: {error}")),
        }
    }

    /// Text for people, or a name: so many characters, none of them a control character.
    pub(crate) fn text(
        &mut self,
        field: &str,
        text: String,
        characters: RangeInclusive<usize>,
    ) -> Option<String> {
        if !characters.contains(&text.chars().count()) {
            let (least, most) = (characters.start(), characters.end());
            return self.refuse(field, format!("must have {least} to {most} characters"));
        }
        if text.chars().any(char::is_control) {
            return self.refuse(
                field,
                "must not hold control characters such as line breaks or NUL: remove them",
            );
        }
        Some(text)
    }

    /// A request id; `Some(None)` if the caller gave none.
    pub(crate) fn request_id(&mut self, text: String) -> Option<Option<String>> {
        if text.is_empty() {
            return Some(None);
        }
        self.text("request_id", text, 1..=64).map(Some)
    }

    /// A page of `list`, and one thing more: see [`List::next_token`].
    pub(crate) fn page<Id: FromStr>(
        &mut self,
        list: Option<List>,
        size: i32,
        token: &str,
    ) -> Option<Page<Id>> {
        let limit = match u32::try_from(size) {
            Ok(0) => Some(DEFAULT_PAGE),
            Ok(limit) if size <= MAX_PAGE => Some(limit),
            _ => self.refuse("page_size", "must be 1 to 1000, or 0 for 100"),
        };
        let after = match list {
            _ if token.is_empty() => Some(None),
            // The owner is not valid, so there is no list that the token could belong to.
            None => None,
            Some(list) => match list.read(token) {
                Some(id) => Some(Some(id)),
                None => self.refuse(
                    "page_token",
                    "is not a next_page_token of this list: give back the one of the page before \
                     unchanged, or leave it empty to start again",
                ),
            },
        };
        let (limit, after) = (limit?, after?);
        Some(Page {
            after,
            limit: (limit + 1).min(MAX_READ),
        })
    }

    /// The answer with everything collected.
    pub(crate) fn refused(self) -> Status {
        let told: Vec<_> = self
            .0
            .iter()
            .map(|v| format!("{} {}", v.field, v.description))
            .collect();
        let message = format!("the request is not valid: {}", told.join("; "));
        let details = ErrorDetails::with_bad_request(self.0);
        Status::with_error_details(Code::InvalidArgument, message, details)
    }
}

/// The answer if the thing that a page token stands at is gone.
pub(crate) fn stale_page_token() -> Status {
    let mut checks = Checks::default();
    checks.note(
        "page_token",
        "stands at something that was deleted since: leave it empty to start again",
    );
    checks.refused()
}

/// One tenant's id.
pub(crate) fn tenant(tenant: &str) -> Result<TenantId, Status> {
    let mut checks = Checks::default();
    checks.id("tenant", tenant).ok_or_else(|| checks.refused())
}

/// The id of a tenant's account.
pub(crate) fn account_key(tenant: &str, account: &str) -> Result<(TenantId, AccountId), Status> {
    let mut checks = Checks::default();
    let (tenant, account) = (checks.id("tenant", tenant), checks.id("account", account));
    tenant.zip(account).ok_or_else(|| checks.refused())
}

/// The id of a tenant's device.
pub(crate) fn device_key(tenant: &str, device: &str) -> Result<(TenantId, DeviceId), Status> {
    let mut checks = Checks::default();
    let (tenant, device) = (checks.id("tenant", tenant), checks.id("device", device));
    tenant.zip(device).ok_or_else(|| checks.refused())
}

/// A page of a tenant's things.
pub(crate) fn owned_page<Id: FromStr<Err = IdError>>(
    list: impl FnOnce(TenantId) -> List,
    tenant: &str,
    size: i32,
    token: &str,
) -> Result<(TenantId, Page<Id>), Status> {
    let mut checks = Checks::default();
    let tenant = checks.id("tenant", tenant);
    let page = checks.page(tenant.map(list), size, token);
    tenant.zip(page).ok_or_else(|| checks.refused())
}
