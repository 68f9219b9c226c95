//! What a client is given.

use crate::backoff::BackoffConfig;
use crate::error::{ClientError, ClientErrorKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pushmail_domain::{Clock, Entropy, Secret};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

/// How long connecting may take, with TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// HTTP/2 windows: a device takes in little at a time.
const WINDOW: u32 = 256 * 1024;

/// Where and as whom to connect.
#[derive(Debug, Clone)]
pub struct Config {
    /// The gateway, as `https://host:port`; `http://` for this machine only.
    pub endpoint: String,
    /// The certificate authorities to trust, as PEM; `None` for the system's.
    pub ca_pem: Option<Vec<u8>>,
    /// The device's token.
    pub token: Secret<String>,
    /// Pauses between connections.
    pub backoff: BackoffConfig,
}

/// Where a client takes time and chance from.
#[derive(Clone)]
pub struct Deps {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
}

impl Config {
    /// The endpoint, checked, with TLS if it asks for it.
    pub(crate) fn transport(&self) -> Result<Endpoint, ClientError> {
        let invalid = |what: &str| {
            let message = format!("the endpoint {:?} {what}", self.endpoint);
            ClientError::new(ClientErrorKind::Config, message)
        };
        let endpoint = Endpoint::from_shared(self.endpoint.clone())
            .map_err(|_| invalid("is not of the form https://host:port"))?
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW);
        let host = endpoint.uri().host().unwrap_or_default();
        match endpoint.uri().scheme_str() {
            Some("https") => endpoint.tls_config(self.tls()?).map_err(|error| {
                ClientError::caused_by(
                    ClientErrorKind::Config,
                    "TLS cannot be set up: check the CA file",
                    error,
                )
            }),
            Some("http") if is_loopback(host) => Ok(endpoint),
            Some("http") => Err(invalid("would send the token in the clear: use https://")),
            _ => Err(invalid("must start with https://")),
        }
    }

    fn tls(&self) -> Result<ClientTlsConfig, ClientError> {
        if let Some(pem) = &self.ca_pem {
            return Ok(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem)));
        }
        let found = rustls_native_certs::load_native_certs();
        if found.certs.is_empty() {
            let message = "the system has no certificate authorities: give a CA file";
            return Err(ClientError::new(
                ClientErrorKind::Config,
                message.to_owned(),
            ));
        }
        let bundle: String = found.certs.iter().map(|der| pem(der)).collect();
        Ok(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(bundle)))
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

/// A certificate as PEM (RFC 7468, section 5).
fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(endpoint: &str) -> Result<(), ClientErrorKind> {
        let config = Config {
            endpoint: endpoint.to_owned(),
            ca_pem: None,
            token: Secret::new("pmd_x".to_owned()),
            backoff: BackoffConfig::default(),
        };
        config.transport().map(drop).map_err(|error| error.kind)
    }

    #[test]
    fn a_token_goes_in_the_clear_to_this_machine_only() {
        assert_eq!(check("http://127.0.0.1:1"), Ok(()));
        assert_eq!(check("http://[::1]:1"), Ok(()));
        assert_eq!(check("http://localhost:1"), Ok(()));
        assert_eq!(
            check("http://gateway.example:1"),
            Err(ClientErrorKind::Config)
        );
        assert_eq!(
            check("http://127.0.0.1.example:1"),
            Err(ClientErrorKind::Config)
        );
        assert_eq!(check("gateway.example"), Err(ClientErrorKind::Config));
    }
}
