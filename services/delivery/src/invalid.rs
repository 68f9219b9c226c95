//! Refusals that name the field at fault.

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// `INVALID_ARGUMENT` with a field violation: `field` as a path into the request, `what` a sentence
/// that says what the field must be.
pub(crate) fn field(field: impl Into<String>, what: &str) -> Status {
    let field = field.into();
    let message = format!("{field}: {what}");
    let details = ErrorDetails::with_bad_request_violation(field, what);
    Status::with_error_details(Code::InvalidArgument, message, details)
}
