//! What can be wrong with a response.

/// A response that cannot be taken. The connection cannot go on: where the next response begins is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireError {
    /// More than [`limits`](super::limits) allows; says of what.
    TooLarge(&'static str),
    /// Not a response as RFC 9051 has it; says where.
    Syntax(&'static str),
}

impl std::fmt::Display for WireError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge(what) => write!(f, "{what} is larger than allowed"),
            Self::Syntax(place) => write!(f, "malformed {place}"),
        }
    }
}

impl std::error::Error for WireError {}
