//! What images hold: the one of `pushmail` as its own script makes it, the stores' from the programs of this machine.

use crate::{Tools, shell};
use anyhow::{Context as _, bail};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// Where programs are looked for, as images have it.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// The user of the image of `pushmail`.
const USER: u32 = 65532;
const POSTGRES_ENTRY: &str = include_str!("image/postgres.sh");

/// An image: a root folder, and how a container of it starts.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) root: PathBuf,
    /// Whether the machine's `/usr` is in it.
    pub(super) has_usr: bool,
    pub(super) entrypoint: Vec<String>,
    pub(super) command: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
    /// User, and group.
    pub(super) user: u32,
    /// By which signal it is told to end.
    pub(super) stop: &'static str,
}

/// All images that there are, by the last part of their names.
pub(super) struct Images {
    pushmail: Image,
    nats: Image,
    redis: Image,
    postgres: Image,
}

impl Images {
    /// Puts them together in a folder.
    pub(super) async fn make(tools: &Tools, folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let postgresql = tools.postgresql.display();
        let path = format!("{postgresql}:{PATH}");
        Ok(Self {
            pushmail: pushmail(tools, &folder.join("pushmail")).await?,
            nats: nats(tools, &folder.join("nats"))?,
            redis: machine(
                &folder.join("redis"),
                PATH,
                &[&tools.redis.display().to_string()],
            )?,
            postgres: postgres(&folder.join("postgres"), &path)?,
        })
    }

    /// # Errors
    /// If there is no image of this name.
    pub(super) fn find(&self, reference: &str) -> anyhow::Result<&Image> {
        let last = reference.rsplit('/').next().unwrap_or_default();
        match last.split([':', '@']).next().unwrap_or_default() {
            "pushmail" => Ok(&self.pushmail),
            "nats" => Ok(&self.nats),
            "redis" => Ok(&self.redis),
            "postgres" => Ok(&self.postgres),
            other => bail!(
                "the cluster test has no image {other:?}, only pushmail, nats, redis, postgres"
            ),
        }
    }
}

async fn pushmail(tools: &Tools, root: &Path) -> anyhow::Result<Image> {
    let script = tools.workspace.join("services/pushmail/image/root.sh");
    let mut make = shell::command(script, &[]);
    make.arg(&tools.pushmail).args(&tools.operator).arg(root);
    shell::output(make).await?;
    Ok(Image {
        root: root.to_owned(),
        has_usr: false,
        entrypoint: vec!["/usr/bin/pushmail".to_owned()],
        command: vec!["serve".to_owned(), "--data".to_owned(), "/data".to_owned()],
        environment: vec![
            ("PATH".to_owned(), PATH.to_owned()),
            (
                "SSL_CERT_FILE".to_owned(),
                "/etc/ssl/certs/ca-certificates.crt".to_owned(),
            ),
        ],
        user: USER,
        stop: "TERM",
    })
}

/// One static program.
fn nats(tools: &Tools, root: &Path) -> anyhow::Result<Image> {
    let bin = root.join("usr/local/bin");
    fs::create_dir_all(&bin)?;
    let program = bin.join("nats-server");
    fs::copy(&tools.nats, &program).context("the NATS server cannot be copied")?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    users(root)?;
    Ok(Image {
        root: root.to_owned(),
        has_usr: false,
        entrypoint: vec!["nats-server".to_owned()],
        command: Vec::new(),
        environment: vec![("PATH".to_owned(), PATH.to_owned())],
        user: 0,
        stop: "TERM",
    })
}

fn postgres(root: &Path, path: &str) -> anyhow::Result<Image> {
    let entry = root.join("entry.sh");
    let mut image = machine(root, path, &["/entry.sh"])?;
    fs::write(&entry, POSTGRES_ENTRY)?;
    fs::set_permissions(&entry, fs::Permissions::from_mode(0o755))?;
    image.command = vec!["postgres".to_owned()];
    // By SIGTERM it would wait until its clients have gone.
    image.stop = "INT";
    Ok(image)
}

/// The machine's programs.
fn machine(root: &Path, path: &str, entrypoint: &[&str]) -> anyhow::Result<Image> {
    for folder in ["usr", "var/run", "var/lib", "tmp"] {
        fs::create_dir_all(root.join(folder))?;
    }
    for name in ["bin", "sbin", "lib", "lib64"] {
        symlink(format!("usr/{name}"), root.join(name))?;
    }
    users(root)?;
    Ok(Image {
        root: root.to_owned(),
        has_usr: true,
        entrypoint: entrypoint.iter().map(|word| (*word).to_owned()).collect(),
        command: Vec::new(),
        environment: vec![("PATH".to_owned(), path.to_owned())],
        user: 0,
        stop: "TERM",
    })
}

/// The users of the stores' images, and where names are looked for.
fn users(root: &Path) -> anyhow::Result<()> {
    let etc = root.join("etc");
    fs::create_dir_all(&etc)?;
    fs::write(
        etc.join("passwd"),
        "root:x:0:0::/:/bin/sh\npostgres:x:999:999::/:/bin/sh\nother:x:65532:65532::/:/bin/sh\n",
    )?;
    fs::write(
        etc.join("group"),
        "root:x:0:\npostgres:x:999:\nother:x:65532:\n",
    )?;
    fs::write(etc.join("nsswitch.conf"), "hosts: files dns\n")?;
    Ok(())
}
