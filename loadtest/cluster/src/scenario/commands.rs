//! The commands of helm, as an operator types them.

use crate::Tools;
use crate::plane::Plane;
use crate::shell;
use anyhow::Context as _;
use std::ffi::OsString;
use std::path::PathBuf;
use tokio::process::Command;

/// What README tells people to type; each command begins at the start of a line.
pub(super) const DEPLOY: &str = include_str!("../../deploy.sh");

/// A shell in which `helm` and `kubectl` reach the cluster.
pub(super) struct Commands {
    path: OsString,
    kubeconfig: PathBuf,
    workspace: PathBuf,
    home: PathBuf,
}

impl Commands {
    pub(super) fn new(tools: &Tools, plane: &Plane) -> anyhow::Result<Self> {
        let helm = tools.helm.parent().context("helm is in no folder")?;
        let mut folders = vec![helm.to_owned(), tools.kubernetes.clone()];
        let path = std::env::var_os("PATH").unwrap_or_default();
        folders.extend(std::env::split_paths(&path));
        Ok(Self {
            path: std::env::join_paths(folders)?,
            kubeconfig: plane.kubeconfig().to_owned(),
            workspace: tools.workspace.clone(),
            home: plane.folder().join("home"),
        })
    }

    /// Runs a command in the workspace's root and returns what it printed.
    pub(super) async fn run(&self, line: &str) -> anyhow::Result<String> {
        eprintln!("   $ {}", line.replace('\n', "\n     "));
        let mut shell = Command::new("sh");
        shell
            .args(["-ec", line])
            .current_dir(&self.workspace)
            .env("PATH", &self.path)
            .env("KUBECONFIG", &self.kubeconfig)
            .env("HOME", &self.home)
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true);
        shell::output(shell).await
    }
}

/// The commands of [`DEPLOY`], one after the other.
pub(super) fn deploy() -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for line in DEPLOY.lines() {
        match commands.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push('\n');
                last.push_str(line);
            }
            _ => commands.push(line.to_owned()),
        }
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_run_is_what_readme_says() {
        let readme = include_str!("../../../../README.md");
        assert!(
            readme.contains(DEPLOY),
            "README.md has to have all of loadtest/cluster/deploy.sh, as it is"
        );
    }

    #[test]
    fn a_command_may_have_several_lines() {
        let commands = deploy();
        assert!(commands.len() > 1);
        assert!(commands.iter().all(|command| !command.starts_with(' ')));
        assert_eq!(commands.join("\n"), DEPLOY.trim_end());
    }
}
