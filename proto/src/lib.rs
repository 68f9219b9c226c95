//! Generated code of the gateway's protobuf packages. Meaning is documented in the `.proto` files.
//!
//! Generated types stop at the edge of a service: inside, [`pushmail_domain`] types are used.
//! [`convert`] writes them as the API does.

pub mod convert;

/// The public API: devices, operators.
#[expect(
    clippy::large_enum_variant,
    reason = "generated; the large variants are the ones that are sent"
)]
pub mod v1 {
    tonic::include_proto!("pushmail.v1");
}

/// What the event log stores. Not an API.
pub mod log {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("pushmail.log.v1");
    }
}

/// All packages as an encoded `FileDescriptorSet`, with comments, for reflection and lint.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
