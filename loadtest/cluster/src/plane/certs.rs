//! The cluster's authority, and what it signs.

use super::kubeconfig;
use super::network::{API_SERVER, API_SERVICE};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::fs;
use std::path::{Path, PathBuf};

/// The names by which the API server is called.
const API_SERVER_NAMES: [&str; 7] = [
    "localhost",
    "127.0.0.1",
    API_SERVER,
    API_SERVICE,
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
];

/// Files in a folder: `ca.crt`, `server.crt`, `server.key`, `accounts.key`, `accounts.pub`.
pub(super) struct Certificates {
    folder: PathBuf,
    ca_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    pub(super) fn make(folder: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "pushmail cluster test");
        let key = KeyPair::generate()?;
        let ca_pem = params.self_signed(&key)?.pem();
        fs::write(folder.join("ca.crt"), &ca_pem)?;
        let made = Self {
            folder: folder.to_owned(),
            ca_pem,
            issuer: Issuer::new(params, key),
        };
        let names = API_SERVER_NAMES.map(str::to_owned).into();
        let server = made.sign("kube-apiserver", None, names)?;
        fs::write(made.file("server.crt"), server.0)?;
        fs::write(made.file("server.key"), server.1)?;
        // Service accounts' tokens are signed by this.
        let accounts = KeyPair::generate()?;
        fs::write(made.file("accounts.key"), accounts.serialize_pem())?;
        fs::write(made.file("accounts.pub"), accounts.public_key_pem())?;
        Ok(made)
    }

    /// The authority's certificate.
    pub(super) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The path of one of the files.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A certificate and its key: for a user of a group, or for a server's names.
    pub(super) fn sign(
        &self,
        user: &str,
        group: Option<&str>,
        names: Vec<String>,
    ) -> anyhow::Result<(String, String)> {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, user);
        if let Some(group) = group {
            let name = &mut params.distinguished_name;
            name.push(DnType::OrganizationName, group);
        }
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }

    /// Writes a kubeconfig for `admin`, or a user of the control plane by the name of its program.
    pub(super) fn kubeconfig(&self, folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
        let (certificate, key) = match name {
            "admin" => self.sign("admin", Some("system:masters"), Vec::new())?,
            _ => self.sign(&format!("system:{name}"), None, Vec::new())?,
        };
        kubeconfig::write(folder, name, &self.ca_pem, &certificate, &key)
    }
}
