//! Where fetched bytes go: a file, standard output, or a JSON object.

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pushmail_proto::v1::fetch_response::{About, End};
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use tempfile::NamedTempFile;

/// Progress is told after each so many bytes.
const STEP: u64 = 1024 * 1024;

enum To {
    /// A file beside the one wanted, which gets its name at the end.
    File(NamedTempFile, PathBuf),
    Stdout,
    /// A terminal: what would drive it is left out.
    Terminal,
    /// For the JSON object.
    Memory(Vec<u8>),
}

pub(super) struct Sink {
    to: To,
    json: bool,
    written: u64,
    expected: Option<i64>,
    /// Whether somebody sees progress.
    watched: bool,
    told: u64,
}

impl Sink {
    pub(super) fn open(out: Option<PathBuf>, json: bool) -> anyhow::Result<Self> {
        let to = match out {
            Some(path) => {
                let folder = path
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty());
                let folder = folder.unwrap_or_else(|| std::path::Path::new("."));
                let file = NamedTempFile::new_in(folder)
                    .with_context(|| format!("--out {}: cannot be written", path.display()))?;
                To::File(file, path)
            }
            None if json => To::Memory(Vec::new()),
            None if std::io::stdout().is_terminal() => To::Terminal,
            None => To::Stdout,
        };
        Ok(Self {
            watched: std::io::stderr().is_terminal() && !matches!(to, To::Terminal),
            to,
            json,
            written: 0,
            expected: None,
            told: 0,
        })
    }

    pub(super) fn expect(&mut self, size: Option<i64>) {
        self.expected = size;
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        match &mut self.to {
            To::File(file, path) => file
                .write_all(bytes)
                .with_context(|| format!("--out {}: cannot be written", path.display()))?,
            To::Stdout => std::io::stdout().write_all(bytes)?,
            To::Terminal => std::io::stdout().write_all(&harmless(bytes))?,
            To::Memory(kept) => kept.extend_from_slice(bytes),
        }
        self.written += bytes.len() as u64;
        if self.watched && self.written / STEP > self.told {
            self.told = self.written / STEP;
            let of = match self.expected {
                Some(size) => format!(" of {size}"),
                None => String::new(),
            };
            eprint!("\r{}{of} bytes", self.written);
        }
        Ok(())
    }

    /// Gives the file its name, or prints the object.
    pub(super) fn finish(self, about: &About, end: &End) -> anyhow::Result<()> {
        if self.told > 0 {
            eprintln!();
        }
        let written = self.written;
        let mut object = serde_json::json!({
            "content_type": about.content_type,
            "charset": about.charset,
            "filename": about.filename,
            "uid_validity": about.uid_validity,
            "message_size": about.message_size,
            "size": end.size,
            "bytes": written,
            "next_offset": end.next_offset,
            "more": end.more,
        });
        match self.to {
            To::File(file, path) => {
                file.persist(&path)
                    .with_context(|| format!("--out {}: cannot be written", path.display()))?;
                object["out"] = path.display().to_string().into();
                if !self.json {
                    eprintln!("{written} bytes in {}", path.display());
                }
            }
            To::Stdout | To::Terminal => std::io::stdout().flush()?,
            To::Memory(bytes) => match String::from_utf8(bytes) {
                Ok(text) => object["text"] = text.into(),
                Err(binary) => object["base64"] = STANDARD.encode(binary.as_bytes()).into(),
            },
        }
        if self.json {
            println!("{object}");
        } else if end.more {
            eprintln!("more follows: --offset {}", end.next_offset);
        }
        Ok(())
    }
}

/// Without the control characters that drive a terminal.
fn harmless(bytes: &[u8]) -> Vec<u8> {
    let drives = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t');
    bytes.iter().copied().filter(|byte| !drives(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_does_not_drive_the_terminal() {
        assert_eq!(harmless(b"a\x1b[2Jb\r\n\tc\x07"), b"a[2Jb\r\n\tc");
    }
}
