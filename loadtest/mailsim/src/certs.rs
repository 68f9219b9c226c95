//! Certificates for test servers: an authority made at start and what it signs.

use pushmail_upstream::tls::Frozen;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

/// A certificate authority that lives as long as this value.
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A server certificate and its key.
pub struct Issued {
    /// The certificate, and those between it and its authority, in PEM.
    pub cert_pem: String,
    /// Its private key, in PEM.
    pub key_pem: String,
}

impl Authority {
    /// A new authority with a new key.
    ///
    /// # Errors
    /// When the key or the certificate cannot be made.
    pub fn new() -> io::Result<Self> {
        let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(io::Error::other)?;
        // A client that trusts several of one name would try the keys of all.
        let number: String = key
            .public_key_raw()
            .iter()
            .rev()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        params.distinguished_name.push(
            DnType::CommonName,
            format!("pushmail test authority {number}"),
        );
        let pem = params.self_signed(&key).map_err(io::Error::other)?.pem();
        let issuer = Issuer::new(params, key);
        Ok(Self { pem, issuer })
    }

    /// The authority's own certificate, in PEM.
    pub fn pem(&self) -> String {
        self.pem.clone()
    }

    /// A server certificate for these host names and IP addresses.
    ///
    /// # Errors
    /// When a name is neither, or the certificate cannot be made.
    pub fn issue(&self, names: &[&str]) -> io::Result<Issued> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
        params.use_authority_key_identifier_extension = true;
        params
            .distinguished_name
            .push(DnType::CommonName, "pushmail test server");
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let cert = params
            .signed_by(&key, &self.issuer)
            .map_err(io::Error::other)?;
        Ok(Issued {
            cert_pem: cert.pem(),
            key_pem: key.serialize_pem(),
        })
    }

    /// The simulated mail server's certificate, for `localhost`, `127.0.0.1` and this address.
    pub(crate) fn issue_for(&self, bound: IpAddr) -> io::Result<Issued> {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        names.push(bound.to_string());
        names.dedup();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.issue(&names)
    }
}

impl Issued {
    /// A TLS 1.2 and 1.3 server that shows this certificate and asks clients for none.
    ///
    /// # Errors
    /// When the PEM texts are not a certificate and its key.
    pub fn server_config(&self) -> io::Result<Arc<ServerConfig>> {
        Ok(Arc::new(self.config(ring::default_provider(), 0)?))
    }

    /// The simulated mail server's TLS: its sessions can be frozen.
    pub(crate) fn mailsim_config(&self, chain_bytes: usize) -> io::Result<Arc<ServerConfig>> {
        let mut provider = ring::default_provider();
        let suites = &mut provider.cipher_suites;
        suites.retain(|suite| Frozen::is_possible(*suite));
        let mut config = self.config(provider, chain_bytes)?;
        config.enable_secret_extraction = true;
        Ok(Arc::new(config))
    }

    /// With `chain_bytes`, another certificate of at least so many bytes is shown, as if it had an issuer between.
    fn config(&self, provider: CryptoProvider, chain_bytes: usize) -> io::Result<ServerConfig> {
        let chain = CertificateDer::pem_slice_iter(self.cert_pem.as_bytes());
        let mut chain = chain
            .collect::<Result<Vec<_>, _>>()
            .map_err(io::Error::other)?;
        if chain_bytes > 0 {
            chain.push(filler(chain_bytes)?);
        }
        let key =
            PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).map_err(io::Error::other)?;
        ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(io::Error::other)
    }
}

/// A certificate of at least so many bytes, which nothing depends on.
fn filler(bytes: usize) -> io::Result<CertificateDer<'static>> {
    let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
    params
        .distinguished_name
        .push(DnType::OrganizationName, "x".repeat(bytes));
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = params.self_signed(&key).map_err(io::Error::other)?;
    Ok(certificate.der().clone())
}

/// A TLS client that trusts only this authority.
///
/// # Errors
/// When `ca_pem` is no certificate.
pub fn client_config(ca_pem: &str) -> io::Result<Arc<rustls::ClientConfig>> {
    let authority = CertificateDer::from_pem_slice(ca_pem.as_bytes()).map_err(io::Error::other)?;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority).map_err(io::Error::other)?;
    let provider = Arc::new(ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
