//! How far `watch` has read, kept in a file if the user asks for it.

use pushmail_domain::{
    AccountId, Cursor, CursorStep, Fault, FaultKind, Folder, Memory, Protocol, Recall, UpstreamSpec,
};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The cursor, and the file that it is kept in.
pub(crate) struct State {
    file: Option<PathBuf>,
    kept: Kept,
    memory: Memory,
    /// What is to be watched in this run.
    selection: Vec<String>,
}

/// The form of the file. In form 1, which did not say so, folders had other identities.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    account: AccountId,
    cursor: Cursor,
    /// The folders found last.
    folders: Vec<Folder>,
    /// What was to be watched then.
    selection: Vec<String>,
    /// What is remembered of messages, encoded.
    memory: Vec<u8>,
}

/// What tells forms of the file apart.
#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    version: Option<u32>,
    /// Every form has it.
    #[serde(rename = "cursor")]
    _cursor: IgnoredAny,
}

impl State {
    /// Reads the file, if there is one yet. A file of another mailbox is refused.
    pub(crate) fn open(
        file: Option<PathBuf>,
        account: AccountId,
        selection: &[String],
    ) -> Result<Self, Fault> {
        let selection = selection.to_vec();
        let fresh = Kept {
            version: VERSION,
            account,
            cursor: Cursor::default(),
            folders: Vec::new(),
            selection: Vec::new(),
            memory: Vec::new(),
        };
        let Some(path) = file else {
            return Ok(Self {
                file: None,
                kept: fresh,
                memory: Memory::default(),
                selection,
            });
        };
        let refuse = |why: &str| {
            Fault::new(
                FaultKind::Internal,
                format!("--state {}: {why}", path.display()),
            )
        };
        let foreign = |error| refuse("is not a state file of `pushmail watch`").caused_by(error);
        let kept = match fs::read(&path) {
            Ok(text) => {
                let form: Form = serde_json::from_slice(&text).map_err(foreign)?;
                if form.version != Some(VERSION) {
                    return Err(refuse(
                        "was written by another version of pushmail, and does not say how far this \
                         one has to read; remove the file to begin anew from now",
                    ));
                }
                serde_json::from_slice::<Kept>(&text).map_err(foreign)?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => fresh,
            Err(error) => return Err(refuse("cannot be read").caused_by(error)),
        };
        if kept.account != account {
            return Err(refuse(
                "belongs to another mailbox; give each mailbox its own file",
            ));
        }
        let memory = match kept.memory.as_slice() {
            [] => Memory::default(),
            memory => Memory::decode(memory)
                .map_err(|error| refuse("is damaged; remove it").caused_by(error))?,
        };
        Ok(Self {
            file: Some(path),
            kept,
            memory,
            selection,
        })
    }

    /// Whether the folders were found under this very selection.
    pub(crate) fn is_listed(&self) -> bool {
        self.kept.selection == self.selection
    }

    /// Notes the folders that the selection stands for.
    pub(crate) fn found(&mut self, folders: Vec<Folder>) {
        self.kept.folders = folders;
        self.kept.selection.clone_from(&self.selection);
    }

    /// The folders found last.
    pub(crate) fn folders(&self) -> &[Folder] {
        &self.kept.folders
    }

    pub(crate) const fn folders_mut(&mut self) -> &mut Vec<Folder> {
        &mut self.kept.folders
    }

    /// What is remembered of messages.
    pub(crate) const fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Takes in what an event moved, or what was learned without one.
    pub(crate) fn apply(&mut self, step: &CursorStep) {
        self.kept.cursor.apply(step);
        self.learn(&step.recalls);
    }

    pub(crate) fn learn(&mut self, recalls: &[Recall]) {
        recalls.iter().for_each(|recall| self.memory.learn(recall));
    }

    pub(crate) const fn cursor(&self) -> &Cursor {
        &self.kept.cursor
    }

    pub(crate) const fn cursor_mut(&mut self) -> &mut Cursor {
        &mut self.kept.cursor
    }

    /// Writes the state durably; called after what it covers was printed.
    pub(crate) fn save(&mut self) -> Result<(), Fault> {
        let Some(path) = &self.file else {
            return Ok(());
        };
        self.kept.memory = self.memory.encode();
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
pub(crate) fn account_id(upstream: &UpstreamSpec) -> AccountId {
    let UpstreamSpec {
        protocol,
        endpoint,
        user,
    } = upstream;
    let text = match protocol {
        Protocol::Imap => format!("{user}\n{endpoint}"),
        Protocol::Eas { path } => format!("{user}\neas\n{endpoint}{path}"),
    };
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_ref()[..16]);
    AccountId::from_bytes(bytes)
}
