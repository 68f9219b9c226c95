//! Measuring the gateway, and printing what came of it.

use crate::program;
use serde::Serialize;
use std::fmt::Display;
use std::path::Path;

/// Builds the gateway, has `measure` measure it, and prints the report: for people, unless only `json` is wanted, and
/// as one line of JSON.
pub(crate) fn measured<R: Serialize + Display>(
    json: bool,
    measure: impl AsyncFnOnce(&Path) -> anyhow::Result<R>,
) -> anyhow::Result<R> {
    let program = program::build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let report = runtime.block_on(measure(&program))?;
    if !json {
        eprintln!("{report}");
    }
    println!("{}", serde_json::to_string(&report)?);
    Ok(report)
}
