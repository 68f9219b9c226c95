//! What it is checked with: Helm, the schemas of Kubernetes and of the Prometheus operator, and Python's packages for these.

use super::checker;
use crate::{cargo, go, python, servers};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version whose schemas objects are checked against.
pub(crate) const KUBERNETES: &str = "1.34.0";
const HELM: &str = "helm.sh/helm/v3/cmd/helm@v3.19.0";
const OPENAPI: &str = "k8s.io/kubernetes@v1.34.0";
const OPERATOR: &str = "github.com/prometheus-operator/prometheus-operator@v0.85.0";
/// Definitions of the operator's that the chart uses.
const DEFINITIONS: [&str; 2] = ["podmonitors", "prometheusrules"];
const PACKAGES: [&str; 2] = ["jsonschema==4.26.0", "PyYAML==6.0.3"];

/// All of them, installed.
pub(crate) struct Tools {
    helm: PathBuf,
    python: PathBuf,
    /// Kubernetes' OpenAPI document.
    openapi: PathBuf,
    definitions: Vec<PathBuf>,
}

impl Tools {
    /// Installs what is missing, and says so first.
    pub(crate) fn install() -> anyhow::Result<Self> {
        let folder = servers::cache().join("chart");
        let operator = go::module(OPERATOR)?.join("example/prometheus-operator-crd");
        let definition = |name| operator.join(format!("monitoring.coreos.com_{name}.yaml"));
        Ok(Self {
            helm: helm(&folder)?,
            python: python::environment(&folder, &PACKAGES)?.join("python"),
            openapi: go::module(OPENAPI)?.join("api/openapi-spec/swagger.json"),
            definitions: DEFINITIONS
                .map(definition)
                .into_iter()
                .chain(own_definitions())
                .collect(),
        })
    }

    /// What `values.schema.json` is to be.
    pub(crate) fn schema(&self) -> anyhow::Result<String> {
        let mut command = checker(&self.python, "schema.py");
        command.arg(cargo::root());
        cargo::output(command)
    }

    /// A script that reads YAML.
    pub(crate) fn script(&self, path: &Path) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(path);
        command
    }

    /// Helm with these arguments on a chart, with values, as on this version of Kubernetes.
    pub(crate) fn helm(
        &self,
        arguments: &[&str],
        chart: &Path,
        values: &Path,
        version: &str,
    ) -> Command {
        let mut command = Command::new(&self.helm);
        command
            .args(arguments)
            .arg(chart)
            .arg("--values")
            .arg(values);
        command.args(["--kube-version", version]);
        command
    }

    /// Checks rendered files.
    pub(crate) fn validate(&self, rendered: &[PathBuf]) -> Command {
        let mut command = checker(&self.python, "validate.py");
        command.arg(&self.openapi);
        for definition in &self.definitions {
            command.arg("--crd").arg(definition);
        }
        command.args(rendered);
        command
    }
}

/// Where the definitions of the operator's own resources are.
fn own_definitions() -> [PathBuf; 2] {
    let folder = cargo::root().join("charts/pushmail-crds/definitions");
    ["mailtenants.yaml", "watcherpools.yaml"].map(|name| folder.join(name))
}

/// Helm, built from its source.
pub(crate) fn helm(folder: &Path) -> anyhow::Result<PathBuf> {
    let program = folder.join("helm");
    if !program.exists() {
        eprintln!("-- building {HELM}, which takes some minutes");
        go::install(HELM, folder)?;
    }
    Ok(program)
}
