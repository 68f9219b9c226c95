//! Compiles the `.proto` files with protox, so that no `protoc` is needed.

use prost::Message as _;
use std::{env, fs, path::PathBuf};

const FILES: [&str; 8] = [
    "pushmail/v1/accounts.proto",
    "pushmail/v1/device_gateway.proto",
    "pushmail/v1/devices.proto",
    "pushmail/v1/events.proto",
    "pushmail/v1/fleet.proto",
    "pushmail/v1/messages.proto",
    "pushmail/v1/tenants.proto",
    "pushmail/log/v1/record.proto",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=pushmail");
    let descriptors = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        // A method named Connect would collide with the generated `connect` of the transport.
        .build_transport(false)
        .compile_fds(descriptors)?;
    Ok(())
}
