//! TLS towards upstreams: whom to trust, and what went wrong in plain words.

pub(crate) mod frozen;
pub(crate) mod parked;
pub(crate) mod session;

pub use frozen::Frozen;
#[cfg(feature = "fuzzing")]
pub use frozen::fuzz as fuzz_frozen;
pub use parked::TlsPark;
pub use session::Phase;

use pushmail_domain::{Endpoint, Fault, FaultKind};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use session::Session;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What a connection may hold of bytes not yet written to the socket. Commands are short.
const OUTGOING_LIMIT: usize = 16 * 1024;

/// What is kept of a handshake's incomplete message; the largest that a session takes is 64 KiB.
const MOST_INCOMING: usize = 128 * 1024;

/// The TLS client: TLS 1.2 and 1.3, the system's certificate authorities and those of `ca_file`, a
/// PEM file with at least one certificate. Sessions are resumed from memory.
///
/// # Errors
///
/// [`FaultKind::Internal`] if the file cannot be read or holds no usable certificate, or if there is
/// no file and the system has no certificate authorities. The message says what to do.
pub fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, Fault> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(native.certs);
    if let Some(path) = ca_file {
        add_file(&mut roots, path)?;
    }
    if roots.is_empty() {
        return Err(no_roots(native.errors));
    }
    with_roots(roots)
}

fn with_roots(roots: RootCertStore) -> Result<Arc<ClientConfig>, Fault> {
    let mut provider = rustls::crypto::ring::default_provider();
    // First those that can be frozen.
    let suites = &mut provider.cipher_suites;
    suites.sort_by_key(|suite| !frozen::Frozen::is_possible(*suite));
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::new(FaultKind::Internal, "TLS cannot be set up").caused_by(error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Parked connections keep nothing else.
    config.enable_secret_extraction = true;
    Ok(Arc::new(config))
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), Fault> {
    let place = path.display();
    let bad = |why: String| {
        Fault::new(
            FaultKind::Internal,
            format!(
                "the file of certificate authorities {place} (--ca-file, upstream.ca_file) {why}"
            ),
        )
    };
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad(format!("cannot be read: {error}")).caused_by(error))?;
    if certificates.is_empty() {
        return Err(bad("holds no certificate in PEM form".to_owned()));
    }
    for certificate in certificates {
        roots
            .add(certificate)
            .map_err(|error| bad(format!("holds a bad certificate: {error}")).caused_by(error))?;
    }
    Ok(())
}

fn no_roots(errors: Vec<rustls_native_certs::Error>) -> Fault {
    let fault = Fault::new(
        FaultKind::Internal,
        "this system has no certificate authorities, so no server can be trusted: install its ca-certificates package, or give a PEM file with --ca-file or the setting upstream.ca_file",
    );
    match errors.into_iter().next() {
        Some(error) => fault.caused_by(error),
        None => fault,
    }
}

/// A session whose handshake is over.
pub(crate) struct Begun {
    pub(crate) session: Session,
    /// What came after it.
    pub(crate) data: Vec<u8>,
}

/// Brings TLS up on a fresh socket, and checks that the certificate is the endpoint's host's. The stream has buffers of
/// its own.
pub(crate) async fn handshake(
    config: Arc<ClientConfig>,
    endpoint: &Endpoint,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, Fault> {
    let name = server_name(endpoint)?;
    TlsConnector::from(config)
        .connect_with(name, stream, |session| {
            session.set_buffer_limit(Some(OUTGOING_LIMIT));
        })
        .await
        .map_err(|error| classify(endpoint, error))
}

/// The same without buffers.
pub(crate) async fn begin(
    config: Arc<ClientConfig>,
    endpoint: &Endpoint,
    stream: &mut TcpStream,
) -> Result<Begun, Fault> {
    let begun = shake_hands(config, server_name(endpoint)?, stream).await;
    begun.map_err(|error| classify(endpoint, error))
}

async fn shake_hands(
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    stream: &mut TcpStream,
) -> io::Result<Begun> {
    let failed = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    let mut session = Session::new(config, name).map_err(failed)?;
    let (mut incoming, mut data, mut outgoing) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let phase = session.take_in(&mut incoming, &mut data, &mut outgoing);
        stream.write_all(&outgoing).await?;
        outgoing.clear();
        if phase.map_err(failed)? != Phase::Handshake {
            // A server that says goodbye at once is the flow's to hear of.
            return Ok(Begun { session, data });
        }
        incoming.clear();
        incoming.extend_from_slice(session.rest());
        if incoming.len() > MOST_INCOMING {
            return Err(failed(rustls::Error::PeerSentOversizedRecord));
        }
        if stream.read_buf(&mut incoming).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn server_name(endpoint: &Endpoint) -> Result<ServerName<'static>, Fault> {
    ServerName::try_from(endpoint.host.clone()).map_err(|error| {
        let host = &endpoint.host;
        Fault::new(
            FaultKind::UnknownHost,
            format!("{host:?} is not a valid host name: check its spelling"),
        )
        .caused_by(error)
    })
}

/// What a failed handshake means.
fn classify(endpoint: &Endpoint, error: io::Error) -> Fault {
    let tls = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let fault = match tls {
        Some(rustls::Error::InvalidCertificate(certificate)) => untrusted(endpoint, certificate),
        Some(rustls::Error::InvalidMessage(_)) => Fault::new(
            FaultKind::Tls,
            format!(
                "{endpoint} does not answer in TLS: check the port (993 for imaps://, 143 for imap:// with STARTTLS)"
            ),
        ),
        Some(other) => Fault::new(
            FaultKind::Tls,
            format!("TLS with {endpoint} failed: {other}"),
        ),
        None => Fault::new(
            FaultKind::Tls,
            format!("{endpoint} broke off the start of TLS: {error}"),
        ),
    };
    fault.caused_by(error)
}

fn untrusted(endpoint: &Endpoint, error: &CertificateError) -> Fault {
    use CertificateError as E;
    let host = &endpoint.host;
    let (why, remedy) = match error {
        E::Expired | E::ExpiredContext { .. } => (
            "it has expired".to_owned(),
            "ask the server's operator to renew it, and check this machine's clock",
        ),
        E::NotValidYet | E::NotValidYetContext { .. } => (
            "it is not valid yet".to_owned(),
            "check this machine's clock",
        ),
        E::NotValidForName => (format!("it is not for the name {host}"), NAME_REMEDY),
        E::NotValidForNameContext { presented, .. } => (
            format!("it is not for the name {host} but for {}", names(presented)),
            NAME_REMEDY,
        ),
        E::UnknownIssuer | E::BadSignature => (
            "its issuer is not trusted".to_owned(),
            "if the server has its own certificate authority, give that one's PEM file with --ca-file or the setting upstream.ca_file",
        ),
        E::Revoked => (
            "it has been revoked".to_owned(),
            "ask the server's operator",
        ),
        other => (
            format!("it does not pass the checks ({other})"),
            "ask the server's operator, or trust another authority with --ca-file or the setting upstream.ca_file",
        ),
    };
    Fault::new(
        FaultKind::BadCertificate,
        format!("the certificate of {endpoint} cannot be trusted: {why}; {remedy}"),
    )
}

const NAME_REMEDY: &str = "use the name that the certificate is for";

/// At most three names: a certificate may hold hundreds.
fn names(presented: &[String]) -> String {
    if presented.is_empty() {
        return "no name at all".to_owned();
    }
    let more = if presented.len() > 3 {
        " and others"
    } else {
        ""
    };
    let first: Vec<&str> = presented.iter().take(3).map(String::as_str).collect();
    format!("{}{more}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn a_file_that_is_missing_is_named_with_its_setting() {
        let fault = client_config(Some(Path::new("/no/such.pem"))).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Internal);
        assert!(fault.message.contains("/no/such.pem"), "{fault}");
        assert!(fault.message.contains("upstream.ca_file"), "{fault}");
    }

    #[test]
    fn a_file_without_a_certificate_is_refused() {
        let fault = client_config(Some(file("hello").path())).unwrap_err();
        assert!(fault.message.contains("holds no certificate"), "{fault}");
    }

    #[test]
    fn a_file_with_a_broken_certificate_is_refused() {
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let fault = client_config(Some(file(pem).path())).unwrap_err();
        assert!(fault.message.contains("bad certificate"), "{fault}");
    }

    #[test]
    fn a_certificate_with_many_names_is_not_listed_in_full() {
        let presented: Vec<String> = (0..100).map(|n| format!("h{n}")).collect();
        assert_eq!(names(&presented), "h0, h1, h2 and others");
    }
}
