//! A client that waits by IDLE.

use crate::Stream;
use anyhow::bail;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Logs in, opens the INBOX, and waits.
pub(crate) async fn wait(stream: &mut Box<dyn Stream>, user: &str) -> anyhow::Result<()> {
    expect(stream, "* OK").await?;
    let login = format!("a LOGIN {user} secret\r\n");
    for (command, answer) in [
        (login.as_str(), "a OK"),
        ("b EXAMINE INBOX\r\n", "b OK"),
        ("c IDLE\r\n", "+ "),
    ] {
        stream.write_all(command.as_bytes()).await?;
        expect(stream, answer).await?;
    }
    Ok(())
}

/// Reads until a line starts so.
async fn expect(stream: &mut Box<dyn Stream>, start: &str) -> anyhow::Result<()> {
    let mut text = String::new();
    let mut buffer = [0; 1024];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            bail!("the server hung up");
        }
        text.push_str(std::str::from_utf8(&buffer[..length])?);
        let whole = text.ends_with("\r\n");
        if whole && text.lines().any(|line| line.starts_with(start)) {
            return Ok(());
        }
    }
}
