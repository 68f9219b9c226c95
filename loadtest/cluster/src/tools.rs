//! The programs that a cluster consists of.

use anyhow::bail;
use clap::Args;
use std::path::PathBuf;

/// Where the programs are; `cargo xtask cluster-test` builds or installs them, and says where.
#[derive(Debug, Clone, Args)]
pub struct Tools {
    /// The folder of etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kube-proxy and kubectl.
    #[arg(long, value_name = "DIR")]
    pub kubernetes: PathBuf,
    /// Helm.
    #[arg(long, value_name = "FILE")]
    pub helm: PathBuf,
    /// `pushmail`, built.
    #[arg(long, value_name = "FILE")]
    pub pushmail: PathBuf,
    /// `pushmail-operator`, built, if it is to be in the image.
    #[arg(long, value_name = "FILE")]
    pub operator: Option<PathBuf>,
    /// The NATS server.
    #[arg(long, value_name = "FILE")]
    pub nats: PathBuf,
    /// The folder of PostgreSQL's programs.
    #[arg(long, value_name = "DIR")]
    pub postgresql: PathBuf,
    /// The Redis server.
    #[arg(long, value_name = "FILE")]
    pub redis: PathBuf,
    /// The workspace's root, which has the chart.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub workspace: PathBuf,
}

impl Tools {
    /// Where a program of Kubernetes is.
    #[must_use]
    pub fn of_kubernetes(&self, name: &str) -> PathBuf {
        self.kubernetes.join(name)
    }

    /// # Errors
    /// If a program is not there, or this user may not make namespaces.
    pub fn check(&self) -> anyhow::Result<()> {
        let kubernetes = [
            "etcd",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-proxy",
            "kube-scheduler",
            "kubectl",
        ];
        let mut needed: Vec<PathBuf> = kubernetes.map(|name| self.of_kubernetes(name)).into();
        needed.extend([&self.helm, &self.pushmail, &self.nats, &self.redis].map(Clone::clone));
        needed.extend(self.operator.clone());
        needed.push(self.postgresql.join("postgres"));
        needed.push(self.workspace.join("charts/pushmail/Chart.yaml"));
        for file in needed {
            if !file.exists() {
                bail!(
                    "{} is missing: `cargo xtask cluster-test` builds and installs what is needed",
                    file.display()
                );
            }
        }
        if !rustix::process::geteuid().is_root() {
            bail!("the cluster test makes namespaces and runs containers: run it as root");
        }
        Ok(())
    }
}
