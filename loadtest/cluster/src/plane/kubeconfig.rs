//! How a program finds the API server, and who it is there.

use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes `NAME.kubeconfig` into the folder; certificates and key are PEM.
pub(super) fn write(
    folder: &Path,
    name: &str,
    ca_pem: &str,
    certificate: &str,
    key: &str,
) -> anyhow::Result<PathBuf> {
    let put = |kind: &str, text: &str| -> anyhow::Result<PathBuf> {
        let file = folder.join("pki").join(format!("{name}.{kind}"));
        fs::write(&file, text)?;
        Ok(file)
    };
    // JSON is YAML.
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": {
            "server": "https://127.0.0.1:6443",
            "certificate-authority": put("ca", ca_pem)?,
        }}],
        "users": [{"name": name, "user": {
            "client-certificate": put("crt", certificate)?,
            "client-key": put("key", key)?,
        }}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}],
        "current-context": "test",
    });
    let file = folder.join(format!("{name}.kubeconfig"));
    fs::write(&file, serde_json::to_string_pretty(&config)?)?;
    Ok(file)
}
