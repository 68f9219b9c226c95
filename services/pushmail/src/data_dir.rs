//! The data directory: databases, keys, and what `ctl` needs to find a running `serve`.

use crate::config::Shape;
use anyhow::{Context as _, bail};
use pushmail_control::admin_key::AdminKey;
use pushmail_domain::{Entropy, Secret};
use pushmail_seal::MasterKey;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The files that hold the master key, and a second one that is accepted too.
const MASTER_KEY_FILE: &str = "master.key";
const ACCEPTED_KEY_FILE: &str = "accepted.key";

/// The environment variable that may hold the master key, in base64.
const MASTER_KEY_VARIABLE: &str = "PUSHMAIL_MASTER_KEY";

/// The environment variable that may hold a second master key, which is accepted too, in base64.
pub(crate) const ACCEPTED_KEY_VARIABLE: &str = "PUSHMAIL_MASTER_KEY_ACCEPTED";

/// The environment variable that may hold the admin key.
pub(crate) const ADMIN_KEY_VARIABLE: &str = "PUSHMAIL_ADMIN_KEY";

/// The admin key of the environment, if there is one.
pub(crate) fn given_admin_key() -> anyhow::Result<Option<AdminKey>> {
    let Ok(text) = std::env::var(ADMIN_KEY_VARIABLE) else {
        return Ok(None);
    };
    let key = AdminKey::parse(text.trim());
    let key = key.with_context(|| {
        format!("{ADMIN_KEY_VARIABLE} is no admin key: `pushmail admin-key` makes one")
    });
    key.map(Some)
}

/// A data directory. `serve` holds its lock; others only read.
#[derive(Debug, Clone)]
pub(crate) struct DataDir(PathBuf);

/// Held while a `serve` runs on the directory.
pub(crate) struct Lock(
    #[expect(dead_code, reason = "the lock lives as long as the open file")] File,
);

/// Where a running `serve` listens, for `ctl` and `listen` on the same machine.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    /// `http://…` or `https://…`; `None` if nobody is served.
    pub(crate) grpc: Option<String>,
    /// `http://…`.
    pub(crate) admin: String,
    /// The listener's certificate chain, as PEM: what a client on this machine trusts.
    pub(crate) ca_pem: Option<String>,
}

/// What became of the master key.
pub(crate) enum MasterKeyOrigin {
    /// From the environment.
    Environment,
    /// Read from this file.
    File(PathBuf),
    /// Made now, in this file.
    Made(PathBuf),
}

impl DataDir {
    /// The directory given, or `$PUSHMAIL_DATA`, or the user's own.
    pub(crate) fn locate(given: Option<PathBuf>) -> anyhow::Result<Self> {
        let of = |name: &str| {
            std::env::var_os(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        given
            .or_else(|| of("PUSHMAIL_DATA"))
            .or_else(|| of("XDG_DATA_HOME").map(|dir| dir.join("pushmail")))
            .or_else(|| of("HOME").map(|dir| dir.join(".local/share/pushmail")))
            .map(Self)
            .context("no place for the data: give --data DIR or set PUSHMAIL_DATA")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn events(&self) -> PathBuf {
        self.0.join("events.db")
    }

    pub(crate) fn registry(&self) -> PathBuf {
        self.0.join("registry.db")
    }

    /// Makes the file if it does not exist yet, readable by its owner only; what SQLite puts beside
    /// it gets the same mode.
    pub(crate) fn make_private(path: &Path) -> anyhow::Result<()> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let made = File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path);
        made.map(drop)
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Where the admin key is written at the first start.
    pub(crate) fn admin_key(&self) -> PathBuf {
        self.0.join("admin.key")
    }

    /// Makes the directory, for its owner only.
    pub(crate) fn make(&self) -> anyhow::Result<()> {
        use std::os::unix::fs::DirBuilderExt as _;
        let path = &self.0;
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        let made = builder.create(path);
        made.with_context(|| format!("cannot make {}", path.display()))
    }

    /// Takes the directory's lock.
    pub(crate) fn lock(&self) -> anyhow::Result<Lock> {
        let path = &self.0;
        let file = File::options()
            .create(true)
            .append(true)
            .open(path.join("lock"));
        let file = file.with_context(|| format!("cannot write in {}", path.display()))?;
        if fs4::FileExt::try_lock(&file).is_err() {
            bail!("another `pushmail serve` is running on {}", path.display());
        }
        Ok(Lock(file))
    }

    /// The master key: from the environment, else from a file here, else made now. A fleet's is
    /// never made here: all its processes need the same. It accepts the second one, if there is one.
    pub(crate) fn master_key(
        &self,
        entropy: &dyn Entropy,
        shape: Shape,
    ) -> anyhow::Result<(MasterKey, MasterKeyOrigin)> {
        let (key, origin) = match self.kept_master_key()? {
            Some(kept) => kept,
            None => self.make_master_key(entropy, shape)?,
        };
        Ok((self.with_accepted_key(key)?, origin))
    }

    /// The same, which is there already.
    pub(crate) fn known_master_key(&self) -> anyhow::Result<MasterKey> {
        let kept = self.kept_master_key()?;
        let (key, _) = kept.with_context(|| {
            format!(
                "there is no master key: set {MASTER_KEY_VARIABLE}, or put it in {}",
                self.0.join(MASTER_KEY_FILE).display()
            )
        })?;
        self.with_accepted_key(key)
    }

    /// Where a second master key may be, which is accepted too.
    pub(crate) fn accepted_key(&self) -> PathBuf {
        self.0.join(ACCEPTED_KEY_FILE)
    }

    /// Takes the files of master keys over that there are in the other directory and not here.
    pub(crate) fn copy_master_keys(&self, from: &Self) -> anyhow::Result<()> {
        for name in [MASTER_KEY_FILE, ACCEPTED_KEY_FILE] {
            let (there, here) = (from.0.join(name), self.0.join(name));
            if there.exists() && !here.exists() {
                MasterKey::from_file(&there)?.write_new_file(&here)?;
            }
        }
        Ok(())
    }

    fn with_accepted_key(&self, key: MasterKey) -> anyhow::Result<MasterKey> {
        if let Ok(text) = std::env::var(ACCEPTED_KEY_VARIABLE) {
            let other = MasterKey::from_base64(&text).with_context(|| ACCEPTED_KEY_VARIABLE)?;
            return Ok(key.accepting(&other));
        }
        let path = self.accepted_key();
        Ok(match path.exists() {
            true => key.accepting(&MasterKey::from_file(&path)?),
            false => key,
        })
    }

    /// The master key from the environment, else from a file here.
    fn kept_master_key(&self) -> anyhow::Result<Option<(MasterKey, MasterKeyOrigin)>> {
        if let Ok(text) = std::env::var(MASTER_KEY_VARIABLE) {
            let key = MasterKey::from_base64(&text).with_context(|| MASTER_KEY_VARIABLE)?;
            return Ok(Some((key, MasterKeyOrigin::Environment)));
        }
        let path = self.0.join(MASTER_KEY_FILE);
        if path.exists() {
            let key = MasterKey::from_file(&path)?;
            return Ok(Some((key, MasterKeyOrigin::File(path))));
        }
        Ok(None)
    }

    fn make_master_key(
        &self,
        entropy: &dyn Entropy,
        shape: Shape,
    ) -> anyhow::Result<(MasterKey, MasterKeyOrigin)> {
        let path = self.0.join(MASTER_KEY_FILE);
        if shape == Shape::Fleet {
            bail!(
                "a fleet's processes share one master key: set {MASTER_KEY_VARIABLE}, or put it in {}; `pushmail master-key` makes one",
                path.display()
            );
        }
        if self.registry().exists() {
            bail!(
                "{} is missing, but {} was made with it: restore the key, or set {MASTER_KEY_VARIABLE}",
                path.display(),
                self.registry().display()
            );
        }
        let key = MasterKey::generate(entropy);
        key.write_new_file(&path)?;
        Ok((key, MasterKeyOrigin::Made(path)))
    }

    /// Keeps the admin key for `ctl`, readable by the owner only.
    pub(crate) fn write_admin_key(&self, key: &Secret<String>) -> anyhow::Result<()> {
        write_private(&self.admin_key(), key.expose().as_bytes())
    }

    pub(crate) fn read_admin_key(&self) -> anyhow::Result<Secret<String>> {
        let path = self.admin_key();
        let key = fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read the admin key {}: give --data DIR, or --key-file FILE",
                path.display()
            )
        })?;
        Ok(Secret::new(key.trim().to_owned()))
    }

    /// Tells `ctl` where the running `serve` listens.
    pub(crate) fn write_endpoint(&self, endpoint: &Endpoint) -> anyhow::Result<()> {
        write_private(
            &self.0.join("endpoint.json"),
            &serde_json::to_vec_pretty(endpoint)?,
        )
    }

    pub(crate) fn read_endpoint(&self) -> anyhow::Result<Endpoint> {
        let path = self.0.join("endpoint.json");
        let text = fs::read(&path).with_context(|| {
            format!(
                "no `pushmail serve` has run on {}: start it, or give --data DIR or --endpoint URL",
                self.0.display()
            )
        })?;
        Ok(serde_json::from_slice(&text)?)
    }
}

fn write_private(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let temporary = path.with_extension("new");
    let open = File::options()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary);
    let write = open.and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    });
    write.with_context(|| format!("cannot write {}", path.display()))
}
