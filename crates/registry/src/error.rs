//! What a registry operation can answer besides success.

/// Why a registry operation failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegistryErrorKind {
    /// There is no such thing, or it is another tenant's.
    NotFound,
    /// A thing referred to does not exist, or is another tenant's.
    InvalidReference,
    /// The registry itself failed.
    Unavailable,
}

/// A registry operation failed.
#[derive(Debug, thiserror::Error)]
#[error("registry: {kind:?}")]
pub struct RegistryError {
    /// Why.
    pub kind: RegistryErrorKind,
    /// The cause, for logs.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl RegistryError {
    /// An error of this kind without a deeper cause.
    pub const fn new(kind: RegistryErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// The registry itself failed.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            kind: RegistryErrorKind::Unavailable,
            source: Some(source.into()),
        }
    }
}
