//! What this crate's tests share: a certificate authority, fixed names, a clock.

pub(crate) mod script;

use crate::dial::Dialer;
use crate::egress::EgressGuard;
use crate::resolve::Resolve;
use crate::tls;
use async_trait::async_trait;
use pushmail_domain::{Clock, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::{DEFAULT_CIPHER_SUITES, default_provider};
use rustls::{ServerConfig, SupportedCipherSuite};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio_rustls::TlsAcceptor;

/// A certificate authority, as a PEM file and as an issuer.
pub(crate) struct Authority {
    pub(crate) file: tempfile::NamedTempFile,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), certificate.pem()).unwrap();
        Self {
            file,
            issuer: Issuer::new(params, key),
        }
    }

    /// A server that shows a certificate for `names`.
    pub(crate) fn server(&self, names: &[&str]) -> TlsAcceptor {
        self.server_until(names, 2099)
    }

    /// The same, of this suite only.
    pub(crate) fn server_of(&self, names: &[&str], suite: SupportedCipherSuite) -> TlsAcceptor {
        self.server_with(names, 2099, vec![suite])
    }

    /// The same, with the year in which the certificate ends.
    pub(crate) fn server_until(&self, names: &[&str], year: i32) -> TlsAcceptor {
        self.server_with(names, year, DEFAULT_CIPHER_SUITES.to_vec())
    }

    /// A certificate for `names` and its key, as PEM files.
    pub(crate) fn files(
        &self,
        names: &[&str],
    ) -> (tempfile::NamedTempFile, tempfile::NamedTempFile) {
        let (certificate, key) = self.certify(names, 2099);
        let files = [certificate.pem(), key.serialize_pem()].map(|pem| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), pem).unwrap();
            file
        });
        files.into()
    }

    fn certify(&self, names: &[&str], year: i32) -> (rcgen::Certificate, KeyPair) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate, key)
    }

    fn server_with(
        &self,
        names: &[&str],
        year: i32,
        cipher_suites: Vec<SupportedCipherSuite>,
    ) -> TlsAcceptor {
        let (certificate, key) = self.certify(names, year);
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let only_1_2 = cipher_suites.iter().all(|suite| suite.tls13().is_none());
        let versions: &[_] = match only_1_2 {
            true => &[&rustls::version::TLS12],
            false => rustls::DEFAULT_VERSIONS,
        };
        let provider = CryptoProvider {
            cipher_suites,
            ..default_provider()
        };
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// A dialer that trusts this authority, finds every name at 127.0.0.1 and may go there.
    pub(crate) fn dialer(&self) -> Dialer {
        let tls = tls::client_config(Some(self.file.path())).unwrap();
        Dialer::new(EgressGuard::unrestricted(), tls).with_resolver(Arc::new(Loopback))
    }
}

/// Finds every name at 127.0.0.1.
pub(crate) struct Loopback;

#[async_trait]
impl Resolve for Loopback {
    async fn addresses(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec![[127, 0, 0, 1].into()])
    }
}

/// Finds the names it was given, and no others.
#[derive(Default)]
pub(crate) struct Names(HashMap<String, Vec<IpAddr>>);

impl Names {
    pub(crate) fn with(mut self, host: &str, addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|address| address.parse().unwrap());
        self.0.insert(host.to_owned(), addresses.collect());
        self
    }
}

#[async_trait]
impl Resolve for Names {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = self.0.get(host).cloned();
        found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }
}

/// Real time since its making.
pub(crate) struct TestClock(tokio::time::Instant);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).after(self.0.elapsed())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Stands still until it is told to go on.
#[derive(Default)]
pub(crate) struct ManualClock(std::sync::Mutex<Duration>);

impl ManualClock {
    pub(crate) fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).after(self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

/// What the future gives if it need not wait.
pub(crate) fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(ready) => Some(ready),
        Poll::Pending => None,
    }
}
