//! Where a client keeps its resume tokens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The newest resume token of each account, by the account's id.
pub type Tokens = BTreeMap<String, Vec<u8>>;

/// Keeps resume tokens from one connection, or one run, to the next.
pub trait ResumeStore: Send + Sync {
    /// The tokens stored last; none at first.
    ///
    /// # Errors
    /// If they exist and cannot be read.
    fn load(&mut self) -> io::Result<Tokens>;

    /// Stores the tokens in the place of those before. They are safe once this returns.
    ///
    /// # Errors
    /// If they may not be safe.
    fn store(&mut self, tokens: &Tokens) -> io::Result<()>;
}

/// Keeps tokens for this run only.
#[derive(Debug, Default)]
pub struct MemoryStore(Tokens);

impl ResumeStore for MemoryStore {
    fn load(&mut self) -> io::Result<Tokens> {
        Ok(self.0.clone())
    }

    fn store(&mut self, tokens: &Tokens) -> io::Result<()> {
        self.0.clone_from(tokens);
        Ok(())
    }
}

/// Keeps tokens in a JSON file, replaced as a whole and fsynced with each store.
#[derive(Debug)]
pub struct FileStore(PathBuf);

/// The file's form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    /// Base64 of each account's token.
    resume: BTreeMap<String, String>,
}

impl FileStore {
    /// A store in this file; it need not exist yet, its folder must.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    fn folder(&self) -> &Path {
        match self.0.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }
}

impl ResumeStore for FileStore {
    fn load(&mut self) -> io::Result<Tokens> {
        let bytes = match fs::read(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Tokens::new()),
            read => read?,
        };
        let saved: Saved = serde_json::from_slice(&bytes)?;
        let decode = |(account, token): (String, String)| match STANDARD.decode(token) {
            Ok(token) => Ok((account, token)),
            Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        };
        saved.resume.into_iter().map(decode).collect()
    }

    fn store(&mut self, tokens: &Tokens) -> io::Result<()> {
        let encode =
            |(account, token): (&String, &Vec<u8>)| (account.clone(), STANDARD.encode(token));
        let saved = Saved {
            resume: tokens.iter().map(encode).collect(),
        };
        let mut name = self.0.clone().into_os_string();
        name.push(".new");
        let mut file = File::create(&name)?;
        file.write_all(&serde_json::to_vec_pretty(&saved)?)?;
        file.sync_all()?;
        fs::rename(&name, &self.0)?;
        File::open(self.folder())?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens::from([("acc_1".to_owned(), vec![0, 1, 255])])
    }

    #[test]
    fn a_file_gives_back_what_was_stored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resume.json");
        assert_eq!(FileStore::new(&path).load().unwrap(), Tokens::new());
        FileStore::new(&path).store(&tokens()).unwrap();
        FileStore::new(&path).store(&tokens()).unwrap();
        assert_eq!(FileStore::new(&path).load().unwrap(), tokens());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_not_a_fresh_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resume.json");
        for damaged in [
            "",
            "{",
            r#"{"resume":{"acc_1":"?"}}"#,
            r#"{"resume":{},"more":1}"#,
        ] {
            fs::write(&path, damaged).unwrap();
            assert!(FileStore::new(&path).load().is_err(), "{damaged}");
        }
    }
}
