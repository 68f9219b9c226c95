//! Looking into what goes over the wire, for people.

use crate::exit::Exit;
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use pushmail_wbxml::pretty::{self, Shown};
use pushmail_wbxml::{Error, Limits};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Looks into what goes over the wire.
#[derive(Debug, Args)]
pub(crate) struct DebugArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Wbxml(WbxmlArgs),
}

/// Prints a document of Exchange ActiveSync, which is WBXML, as indented XML.
///
/// All content is printed, which may be mail. Of a document that cannot be read to its end, what could be read is printed
/// and then, on standard error, at which byte and in which element it failed.
#[derive(Debug, Args)]
struct WbxmlArgs {
    /// The file with the document; without it, or with "-", standard input.
    file: Option<PathBuf>,
    /// The document is given as hexadecimal digits; what is between them, such as blanks, does not matter.
    #[arg(long)]
    hex: bool,
    /// How many bytes are shown of content that is not text.
    #[arg(long, default_value_t = 64)]
    opaque: usize,
    /// Print a JSON document: `xml`, and `error` with `message`, `offset` and `path`, or null.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &DebugArgs) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Wbxml(args) => wbxml(args),
    }
}

fn wbxml(args: &WbxmlArgs) -> anyhow::Result<Exit> {
    let given = read(args.file.as_deref())?;
    let bytes = if args.hex { from_hex(&given)? } else { given };
    let Shown { text, error } = pretty::document(&bytes, Limits::default(), args.opaque);
    match args.json {
        true => println!("{}", as_json(&text, error.as_ref())),
        false => print!("{text}"),
    }
    let Some(error) = error else {
        return Ok(Exit::Success);
    };
    if !args.json {
        eprintln!("pushmail: {error}");
    }
    Ok(Exit::Failure)
}

fn as_json(text: &str, error: Option<&Error>) -> serde_json::Value {
    let error = error.map(|error| {
        serde_json::json!({
            "message": error.to_string(),
            "offset": error.offset(),
            "path": error.path().to_string(),
        })
    });
    serde_json::json!({ "xml": text, "error": error })
}

/// The bytes of the file, or of standard input, not more than a document may have.
fn read(file: Option<&Path>) -> anyhow::Result<Vec<u8>> {
    // Two digits and a blank for each byte, at most.
    let most = 3 * Limits::default().total + 1;
    let mut bytes = Vec::new();
    match file.filter(|file| *file != Path::new("-")) {
        Some(file) => std::fs::File::open(file)
            .and_then(|opened| opened.take(most).read_to_end(&mut bytes))
            .with_context(|| format!("cannot read {}", file.display()))?,
        None => std::io::stdin()
            .take(most)
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?,
    };
    Ok(bytes)
}

fn from_hex(text: &[u8]) -> anyhow::Result<Vec<u8>> {
    let digits = text
        .iter()
        .filter_map(|byte| char::from(*byte).to_digit(16));
    let digits: Vec<u8> = digits
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        bail!("an odd number of hexadecimal digits: one is missing, or one too many");
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
