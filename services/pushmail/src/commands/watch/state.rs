//! How far `watch` has read, kept in a file if the user asks for it.

use pushmail_domain::{AccountId, Cursor, Endpoint, Fault, FaultKind};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The cursor, and the file that it is kept in.
pub(crate) struct State {
    file: Option<PathBuf>,
    kept: Kept,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    account: AccountId,
    cursor: Cursor,
}

impl State {
    /// Reads the file, if there is one yet. A file of another mailbox is refused.
    pub(crate) fn open(file: Option<PathBuf>, account: AccountId) -> Result<Self, Fault> {
        let fresh = Kept {
            account,
            cursor: Cursor::default(),
        };
        let Some(path) = file else {
            return Ok(Self {
                file: None,
                kept: fresh,
            });
        };
        let refuse = |why: &str| {
            Fault::new(
                FaultKind::Internal,
                format!("--state {}: {why}", path.display()),
            )
        };
        let kept = match fs::read(&path) {
            Ok(text) => serde_json::from_slice::<Kept>(&text).map_err(|error| {
                refuse("is not a state file of `pushmail watch`").caused_by(error)
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => fresh,
            Err(error) => return Err(refuse("cannot be read").caused_by(error)),
        };
        if kept.account != account {
            return Err(refuse(
                "belongs to another mailbox; give each mailbox its own file",
            ));
        }
        Ok(Self {
            file: Some(path),
            kept,
        })
    }

    pub(crate) const fn cursor(&self) -> &Cursor {
        &self.kept.cursor
    }

    pub(crate) const fn cursor_mut(&mut self) -> &mut Cursor {
        &mut self.kept.cursor
    }

    /// Writes the cursor durably; called after what it covers was printed.
    pub(crate) fn save(&self) -> Result<(), Fault> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        let mut temporary = path.clone().into_os_string();
        temporary.push(".new");
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&temporary)?;
            file.write_all(&serde_json::to_vec(&self.kept)?)?;
            file.sync_all()?;
            fs::rename(&temporary, path)?;
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
        };
        write().map_err(|error| {
            Fault::new(
                FaultKind::Internal,
                format!("--state {}: cannot be written", path.display()),
            )
            .caused_by(error)
        })
    }
}

/// The same mailbox has the same account id in every run.
pub(crate) fn account_id(endpoint: &Endpoint, user: &str) -> AccountId {
    let text = format!("{user}\n{endpoint}");
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    AccountId::from_bytes(bytes)
}
