//! `cargo xtask image`: the container image, made without a daemon.

use crate::{cargo, servers};
use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The image's name, without a registry.
const NAME: &str = "pushmail";
/// Whom its program runs as.
const USER: &str = "65532:65532";
/// What is in it: all roles and the command line; the operator.
const PROGRAMS: [&str; 2] = ["pushmail", "pushmail-operator"];
/// What it may take, in bytes.
const LIMIT: u64 = 60_000_000;
/// Lists what the program is built of.
const CYCLONEDX: &str = "cargo-cyclonedx";
const CYCLONEDX_VERSION: &str = "0.5.9";
/// The file that it makes beside each manifest.
const BILL: &str = "pushmail.cdx.json";

/// Makes the container image with buildah, which it installs if it is missing, and tries it.
///
/// An OCI archive and lists of what its programs are built of (SBOM, CycloneDX) are left in `target/image`. The image is made twice: it
/// has to have the same digest, and at most 60 MB.
#[derive(Debug, Args)]
pub(crate) struct ImageArgs {
    /// Print a JSON document about it; what is done goes to standard error.
    #[arg(long)]
    json: bool,
}

/// The workspace, as far as it matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    manifest_path: PathBuf,
}

/// What was made.
#[derive(Debug, Serialize)]
struct Made {
    /// Name and tag.
    image: String,
    /// Of the image's configuration: the same bytes give the same.
    id: String,
    /// Bytes of all that is in it.
    bytes: u64,
    /// Where the OCI archive is.
    archive: PathBuf,
    /// Where the lists of what the programs are built of (SBOM) are.
    sboms: Vec<PathBuf>,
}

pub(crate) fn run(args: &ImageArgs) -> anyhow::Result<bool> {
    servers::install_packages(&["binutils", "buildah", "ca-certificates"])?;
    // Apart: together they would be built with each other's features.
    for program in PROGRAMS {
        cargo::run(cargo::cargo(&[
            "build",
            "--release",
            "--locked",
            "-p",
            program,
        ]))?;
    }
    let folder = cargo::root().join("target/image");
    fs::create_dir_all(&folder)?;
    let made = make(&folder)?;
    if args.json {
        println!("{}", serde_json::to_string(&made)?);
    } else {
        println!("{} {}, {} bytes", made.image, made.id, made.bytes);
        for path in [&made.archive].into_iter().chain(&made.sboms) {
            println!("  {}", path.display());
        }
    }
    ensure!(made.bytes <= LIMIT, "the image has more than {LIMIT} bytes");
    Ok(true)
}

fn make(folder: &Path) -> anyhow::Result<Made> {
    let image = format!("{NAME}:{}", env!("CARGO_PKG_VERSION"));
    let time = cargo::output(git(&["log", "-1", "--format=%ct"]))?;
    let root = tempfile::tempdir()?;
    let ids = ["first", "second"].map(|name| {
        let root = root.path().join(name);
        assemble(&root, time.trim())?;
        commit(&root, &image, time.trim())
    });
    let [first, second] = ids;
    let (first, second) = (first?, second?);
    if first != second {
        bail!("the same image made twice is not the same: {first}, {second}");
    }
    let archive = folder.join("pushmail.oci.tar");
    if archive.exists() {
        fs::remove_file(&archive)?;
    }
    let to = format!("oci-archive:{}:{image}", archive.display());
    cargo::run(buildah(&["push", "--quiet", &image, &to]))?;
    Ok(Made {
        image,
        id: first,
        bytes: bytes(&root.path().join("first"))?,
        archive,
        sboms: bills(folder)?,
    })
}

/// What the image holds, as of a time in seconds since 1970.
fn assemble(root: &Path, time: &str) -> anyhow::Result<()> {
    let mut assemble = Command::new("services/pushmail/image/root.sh");
    for program in PROGRAMS {
        assemble.arg(release(program)?);
    }
    assemble
        .arg(root)
        .current_dir(cargo::root())
        .env("SOURCE_DATE_EPOCH", time);
    cargo::run(assemble)
}

/// A program that was built.
fn release(name: &str) -> anyhow::Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| cargo::root().join("target"));
    let program = target.join("release").join(name);
    program
        .canonicalize()
        .with_context(|| format!("{name} was not built"))
}

/// Makes an image of the folder, has its program say who it is, and returns the image's id.
fn commit(root: &Path, image: &str, time: &str) -> anyhow::Result<String> {
    let container = cargo::output(buildah(&["from", "scratch"]))?;
    let container = container.trim();
    let (all, data) = (root.display().to_string(), root.join("data"));
    let revision = cargo::output(git(&["describe", "--always", "--dirty", "--abbrev=12"]))?;
    let label = |name: &str, value: &str| format!("org.opencontainers.image.{name}={value}");
    let steps: [&[&str]; 6] = [
        &["copy", "--quiet", container, &all, "/"],
        &[
            "copy",
            "--quiet",
            "--chown",
            USER,
            container,
            &data.display().to_string(),
            "/data",
        ],
        &[
            "config",
            "--user",
            USER,
            "--workingdir",
            "/data",
            "--entrypoint",
            "[\"/usr/bin/pushmail\"]",
            "--cmd",
            "serve --data /data",
            "--port",
            "7443",
            "--port",
            "7480",
            "--volume",
            "/data",
            "--env",
            "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
            container,
        ],
        &[
            "config",
            "--label",
            &label("title", NAME),
            "--label",
            &label("licenses", "Apache-2.0"),
            "--label",
            &label("revision", revision.trim()),
            container,
        ],
        &["run", container, "--", "pushmail", "--version"],
        &["run", container, "--", "pushmail-operator", "--version"],
    ];
    for step in steps {
        // What it prints is not the report.
        cargo::output(buildah(step))?;
    }
    let id = cargo::output(buildah(&[
        "commit",
        "--quiet",
        "--rm",
        "--timestamp",
        time,
        container,
        image,
    ]))?;
    Ok(id.trim().to_owned())
}

/// Buildah, for machines without user namespaces or overlay file systems, too.
fn buildah(arguments: &[&str]) -> Command {
    let mut command = Command::new("buildah");
    command.args(arguments);
    command
        .env("BUILDAH_ISOLATION", "chroot")
        .env("STORAGE_DRIVER", "vfs");
    command
}

fn git(arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(cargo::root());
    command
}

/// Bytes of all files in a folder.
fn bytes(folder: &Path) -> anyhow::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        sum += match entry.file_type()?.is_dir() {
            true => bytes(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(sum)
}

/// Lists what each program is built of, and returns where the lists are.
fn bills(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if cargo::output(cargo::cargo(&["cyclonedx", "--version"])).is_err() {
        let install = [
            "install",
            "--quiet",
            "--locked",
            CYCLONEDX,
            "--version",
            CYCLONEDX_VERSION,
        ];
        cargo::run(cargo::cargo(&install))?;
    }
    let mut list = cargo::cargo(&[
        "cyclonedx",
        "--quiet",
        "--format",
        "json",
        "--spec-version",
        "1.5",
        "--no-build-deps",
        "--override-filename",
        "pushmail.cdx",
    ]);
    let services = cargo::root().join("services");
    list.arg("--manifest-path")
        .arg(services.join("pushmail/Cargo.toml"));
    cargo::run(list)?;
    // It makes one for each package of the workspace.
    let mut kept = Vec::new();
    for (program, package) in PROGRAMS.iter().zip(["pushmail", "operator"]) {
        let path = folder.join(format!("{program}.cdx.json"));
        fs::rename(services.join(package).join(BILL), &path)?;
        kept.push(path);
    }
    remove_others()?;
    Ok(kept)
}

/// Removes the lists of the other packages of the workspace, each of which is beside its manifest.
fn remove_others() -> anyhow::Result<()> {
    let metadata = cargo::cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Metadata = serde_json::from_str(&cargo::output(metadata)?)?;
    for package in metadata.packages {
        let list = package.manifest_path.with_file_name(BILL);
        if list.exists() {
            fs::remove_file(list)?;
        }
    }
    Ok(())
}
