//! What the modules are checked with: OpenTofu, providers, and the charts' own tools.

use super::trim;
use super::verdict::Verdict;
use crate::chart::tools::Tools as ChartTools;
use crate::{cargo, go, servers};
use anyhow::Context as _;
use std::env::consts::{ARCH, OS};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

const TOFU: &str = "github.com/opentofu/opentofu@v1.12.6";
/// Four days after 5.2.0: the provider's tags are no versions of its module.
const AZURERM: &str =
    "github.com/hashicorp/terraform-provider-azurerm@v1.44.1-0.20260824201233-fae580791926";
/// What the providers are taken for.
const VERSIONS: [(&str, &str); 3] = [
    ("azurerm", "5.2.0"),
    ("helm", "3.1.2"),
    ("kubernetes", "3.2.1"),
];
/// Where providers' addresses without a host are, for either program.
const HOSTS: [&str; 2] = ["registry.opentofu.org", "registry.terraform.io"];

/// All of them, installed.
pub(super) struct Tools {
    program: PathBuf,
    /// Helm, the schemas of Kubernetes, and Python's packages.
    pub(super) charts: ChartTools,
    /// The file `tofu.rc`, and providers.
    folder: tempfile::TempDir,
}

impl Tools {
    /// Installs what is missing, and says so first.
    pub(super) fn install(
        program: Option<&Path>,
        providers: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let cache = servers::cache().join("terraform");
        servers::install_only("nats")?;
        let charts = ChartTools::install()?;
        let program = match program {
            Some(program) => program.to_owned(),
            None => tofu(&cache)?,
        };
        let folder = tempfile::tempdir()?;
        let providers = match providers {
            Some(providers) => fs::canonicalize(providers)
                .with_context(|| format!("there is no folder {}", providers.display()))?,
            None => mirror(&cache, folder.path())?,
        };
        let rc = format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
            providers.display()
        );
        fs::write(folder.path().join("tofu.rc"), rc)?;
        Ok(Self {
            program,
            charts,
            folder,
        })
    }

    /// The program with these arguments in a module's folder.
    pub(super) fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(folder)
            .env("TF_CLI_CONFIG_FILE", self.folder.path().join("tofu.rc"))
            .env("TF_CLI_ARGS", "-no-color")
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1");
        command
    }

    /// Whether all files are written as `fmt` would write them.
    pub(super) fn formed(&self, root: &Path) -> anyhow::Result<Verdict> {
        let arguments = ["fmt", "-check", "-diff", "-recursive"];
        let output = self.command(&root.join("terraform"), &arguments).output()?;
        if !output.status.success() {
            return Ok(Verdict::refused(&output));
        }
        Ok(Verdict::passed("terraform: well formed\n".to_owned()))
    }
}

/// OpenTofu, built from its source.
fn tofu(cache: &Path) -> anyhow::Result<PathBuf> {
    let program = cache.join(version(TOFU)).join("tofu");
    if !program.exists() {
        eprintln!("-- building {TOFU}, which takes some 5 minutes");
        let released = ["github.com/opentofu/opentofu/version.dev=no"];
        built(TOFU, "./cmd/tofu", &program, &released, |_| Ok(()))?;
    }
    Ok(program)
}

/// A folder of providers in the form that the program looks for them in: azurerm built from its source, and stand-ins for the others.
fn mirror(cache: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let mirror = folder.join("providers");
    for (name, version) in VERSIONS {
        let program = match name {
            "azurerm" => azurerm(cache)?,
            other => stand_in(cache, other)?,
        };
        for host in HOSTS {
            let folder = mirror
                .join(host)
                .join("hashicorp")
                .join(name)
                .join(version)
                .join(platform());
            fs::create_dir_all(&folder)?;
            let link = folder.join(format!("terraform-provider-{name}_v{version}"));
            symlink(&program, link)?;
        }
    }
    Ok(mirror)
}

/// The provider of the cloud, with those of its services that the modules use.
fn azurerm(cache: &Path) -> anyhow::Result<PathBuf> {
    let program = cache
        .join(version(AZURERM))
        .join("terraform-provider-azurerm");
    if !program.exists() {
        eprintln!("-- building {AZURERM}, which takes some 10 minutes");
        built(AZURERM, ".", &program, &[], trim::services)?;
    }
    Ok(program)
}

/// A provider with schemas only, for one that cannot be had as a Go module.
fn stand_in(cache: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let program = cache.join("stand-ins").join(name);
    let source = cargo::root().join("terraform/check/provider");
    // Cheap if nothing changed.
    go::build(&source, ".", &program, &[&format!("main.name={name}")])?;
    Ok(program)
}

/// Builds a package of a module as its own main module, in a copy that is edited first: what it replaces is replaced.
fn built(
    module: &str,
    package: &str,
    program: &Path,
    define: &[&str],
    edit: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let source = go::module(module)?;
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("source");
    let mut command = Command::new("cp");
    command
        .args(["-r", "--no-preserve=mode"])
        .arg(&source)
        .arg(&copy);
    cargo::run(command)?;
    edit(&copy)?;
    go::build(&copy, package, program, define)
}

/// Of `path@version`, for a folder of its own.
fn version(module: &str) -> String {
    let (path, version) = module.split_once('@').unwrap_or((module, ""));
    let name = path.rsplit('/').next().unwrap_or(path);
    format!("{name}-{version}")
}

/// As Go names it.
fn platform() -> String {
    let arch = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{OS}_{arch}")
}
