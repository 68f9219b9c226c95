//! Answers that are not the thing asked for, as gRPC statuses with details (AIP-193).

use crate::validate;
use pushmail_domain::{AccountId, DeviceId, Fault, FolderId, TenantId};
use pushmail_eventlog::ReadError;
use pushmail_leases::LeaseError;
use pushmail_mailbox::{ReadError as FetchError, ReadErrorKind};
use pushmail_registry::{RegistryError, RegistryErrorKind};
use std::collections::HashMap;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, PreconditionViolation, StatusExt as _};

/// The domain of every `ErrorInfo`.
const DOMAIN: &str = "pushmail";

/// Something that a request names by its id.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Thing {
    Tenant(TenantId),
    Account(TenantId, AccountId),
    Device(TenantId, DeviceId),
}

impl Thing {
    const fn kind(self) -> &'static str {
        match self {
            Self::Tenant(_) => "tenant",
            Self::Account(..) => "account",
            Self::Device(..) => "device",
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Tenant(_) => "TENANT_NOT_FOUND",
            Self::Account(..) => "ACCOUNT_NOT_FOUND",
            Self::Device(..) => "DEVICE_NOT_FOUND",
        }
    }

    fn id(self) -> String {
        match self {
            Self::Tenant(id) => id.to_string(),
            Self::Account(_, id) => id.to_string(),
            Self::Device(_, id) => id.to_string(),
        }
    }

    fn owner(self) -> Option<TenantId> {
        match self {
            Self::Tenant(_) => None,
            Self::Account(tenant, _) | Self::Device(tenant, _) => Some(tenant),
        }
    }
}

/// There is no such thing, or it is another tenant's: the answer is the same (invariant 6).
pub(crate) fn not_found(thing: Thing) -> Status {
    let (kind, id) = (thing.kind(), thing.id());
    let (owner, message) = match thing.owner() {
        None => (
            String::new(),
            format!("there is no {kind} {id}: list the {kind}s to see which exist"),
        ),
        Some(tenant) => (
            tenant.to_string(),
            format!(
                "tenant {tenant} has no {kind} {id}: list the tenant's {kind}s to see which exist"
            ),
        ),
    };
    let mut details = ErrorDetails::with_resource_info(kind, &id, owner, &message);
    let metadata = HashMap::from([(kind.to_owned(), id)]);
    details.set_error_info(thing.reason(), DOMAIN, metadata);
    Status::with_error_details(Code::NotFound, message, details)
}

/// The tenant has no subscription of this name.
pub(crate) fn no_subscription(tenant: TenantId, name: &str) -> Status {
    let message = format!(
        "tenant {tenant} has no subscription {name}: list the tenant's subscriptions to see which exist"
    );
    let owner = tenant.to_string();
    let mut details = ErrorDetails::with_resource_info("subscription", name, owner, &message);
    let metadata = HashMap::from([("subscription".to_owned(), name.to_owned())]);
    details.set_error_info("SUBSCRIPTION_NOT_FOUND", DOMAIN, metadata);
    Status::with_error_details(Code::NotFound, message, details)
}

/// A registry operation on `thing` failed.
pub(crate) fn registry(error: &RegistryError, thing: Thing) -> Status {
    match error.kind {
        RegistryErrorKind::NotFound => not_found(thing),
        RegistryErrorKind::InvalidReference => match thing.owner() {
            Some(tenant) => not_found(Thing::Tenant(tenant)),
            None => not_found(thing),
        },
        RegistryErrorKind::Unavailable => registry_failed(error),
    }
}

/// Reading a page of the things of `owner` failed.
pub(crate) fn page(error: &RegistryError, owner: Option<TenantId>) -> Status {
    match (error.kind, owner) {
        (RegistryErrorKind::NotFound, _) => validate::stale_page_token(),
        (RegistryErrorKind::InvalidReference, Some(tenant)) => not_found(Thing::Tenant(tenant)),
        _ => registry_failed(error),
    }
}

/// There is no such worker.
pub(crate) fn no_worker(worker: &str) -> Status {
    let message = format!("there is no worker {worker}: list the workers to see which exist");
    let mut details = ErrorDetails::with_resource_info("worker", worker, "", &message);
    let metadata = HashMap::from([("worker".to_owned(), worker.to_owned())]);
    details.set_error_info("WORKER_NOT_FOUND", DOMAIN, metadata);
    Status::with_error_details(Code::NotFound, message, details)
}

/// Several workers have this name.
pub(crate) fn ambiguous_worker(name: &str) -> Status {
    let message = format!("several workers are named {name}: give the id of the one that is meant");
    Status::failed_precondition(message)
}

/// The leases did not answer.
pub(crate) fn leases(error: &LeaseError) -> Status {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the leases are out of reach"
    );
    unavailable(
        "LEASES_UNAVAILABLE",
        "the leases are out of reach, so nobody can say which worker owns what; watchers keep what \
         they have: call again in a moment",
    )
}

/// The registry did not answer.
pub(crate) fn registry_failed(error: &RegistryError) -> Status {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the registry failed"
    );
    unavailable(
        "REGISTRY_UNAVAILABLE",
        "the registry did not answer, so the call may or may not have taken effect: call again \
         in a moment, with the same request_id if there was one",
    )
}

/// The event log failed.
pub(crate) fn log(error: &ReadError) -> Status {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the event log failed"
    );
    unavailable(
        "LOG_UNAVAILABLE",
        "the event log did not answer: call again in a moment",
    )
}

/// The tenant's keys cannot be used.
pub(crate) fn keys(error: &(dyn std::error::Error + 'static), tenant: TenantId) -> Status {
    tracing::error!(error, %tenant, "the tenant's keys cannot be used");
    let message = format!(
        "the keys of tenant {tenant} cannot be opened: start the gateway with the master key that \
         it was first started with"
    );
    let details = ErrorDetails::with_error_info("KEYS_UNUSABLE", DOMAIN, HashMap::new());
    Status::with_error_details(Code::Internal, message, details)
}

/// The egress guard does not allow the host (invariant 9). The fault names the setting that would.
pub(crate) fn egress_denied(host: &str, fault: &Fault) -> Status {
    let violation = PreconditionViolation::new("EGRESS", host, &fault.message);
    let mut details = ErrorDetails::with_precondition_failure(vec![violation]);
    let metadata = HashMap::from([("host".to_owned(), host.to_owned())]);
    details.set_error_info("EGRESS_DENIED", DOMAIN, metadata);
    Status::with_error_details(Code::FailedPrecondition, &fault.message, details)
}

/// The account's server ordered it to be forgotten.
pub(crate) fn wiped(account: AccountId) -> Status {
    let message = format!(
        "account {account} was wiped at its mail server's order, and is never connected again: delete it, and make \
         another one if the mailbox is to be watched again"
    );
    let details = ErrorDetails::with_error_info("ACCOUNT_WIPED", DOMAIN, HashMap::new());
    Status::with_error_details(Code::FailedPrecondition, message, details)
}

/// The account has no such folder.
pub(crate) fn no_folder(account: AccountId, folder: FolderId) -> Status {
    let (id, owner) = (folder.to_string(), account.to_string());
    let message = format!(
        "account {account} has no folder {folder}: get the account to see which it has; a folder that is \
         no longer watched, or that was not found yet, is not among them"
    );
    let mut details = ErrorDetails::with_resource_info("folder", &id, owner, &message);
    let metadata = HashMap::from([("folder".to_owned(), id)]);
    details.set_error_info("FOLDER_NOT_FOUND", DOMAIN, metadata);
    Status::with_error_details(Code::NotFound, message, details)
}

/// A message could not be read from its mailbox.
pub(crate) fn fetch(error: &FetchError, account: AccountId) -> Status {
    use ReadErrorKind as K;
    let cause = error as &dyn std::error::Error;
    match error.kind {
        K::Internal => tracing::error!(error = cause, %account, "a message could not be read"),
        _ => tracing::debug!(error = cause, %account, "a message could not be read"),
    }
    let (code, reason) = match error.kind {
        K::Gone => (Code::NotFound, "MESSAGE_NOT_FOUND"),
        K::NoFolder => (Code::NotFound, "FOLDER_NOT_FOUND"),
        K::NoPart => (Code::NotFound, "PART_NOT_FOUND"),
        K::Reset => (Code::FailedPrecondition, "UIDVALIDITY_CHANGED"),
        K::Paused => (Code::FailedPrecondition, "ACCOUNT_PAUSED"),
        K::Credential => (Code::FailedPrecondition, "CREDENTIAL_REJECTED"),
        K::TooLarge => (Code::FailedPrecondition, "PART_TOO_LARGE"),
        K::Upstream => (Code::Unavailable, "UPSTREAM_REFUSED"),
        K::TimedOut => (Code::DeadlineExceeded, "UPSTREAM_TIMEOUT"),
        K::Busy => (Code::ResourceExhausted, "TOO_MANY_SESSIONS"),
        K::Internal => (Code::Unavailable, "MAILBOX_UNAVAILABLE"),
    };
    let metadata = HashMap::from([("account".to_owned(), account.to_string())]);
    let details = ErrorDetails::with_error_info(reason, DOMAIN, metadata);
    Status::with_error_details(code, &error.message, details)
}

/// As many calls of a kind are open as the configuration allows.
pub(crate) fn exhausted(message: &str) -> Status {
    let details = ErrorDetails::with_error_info("TOO_MANY_CALLS", DOMAIN, HashMap::new());
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// The message is named as it is not at its server.
pub(crate) fn wrong_name(field: &str) -> Status {
    let rule = format!(
        "is how the account's server names its messages: give the {field} that the event has"
    );
    let message = format!("{field} {rule}");
    let details = ErrorDetails::with_bad_request_violation(field, rule);
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// Something that may work later.
pub(crate) fn unavailable(reason: &str, message: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(Code::Unavailable, message, details)
}

/// The code as a metric label.
pub(crate) const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::Cancelled => "cancelled",
        Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
}
