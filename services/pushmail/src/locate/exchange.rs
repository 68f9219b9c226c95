//! One request and its answer, on a connection of its own.

use pushmail_domain::{Endpoint, Fault, FaultKind, Security};
use pushmail_eas::autodiscover::{LIMITS, Query, Reply};
use pushmail_eas::http::{self, Head, Part, ResponseParser, Url};
use pushmail_upstream::discovery::DiscoveryEnv;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const READ: usize = 8 * 1024;

/// Sends a request and reads the answer.
///
/// # Errors
/// The dialer's faults; [`FaultKind::Closed`] if the connection breaks; [`FaultKind::Protocol`] if the answer is none.
pub(super) async fn exchange(env: &DiscoveryEnv, query: &Query) -> Result<Reply, Fault> {
    let endpoint = endpoint(env, &query.url);
    let broken =
        |error| Fault::new(FaultKind::Closed, format!("{endpoint} broke off")).caused_by(error);
    let mut connection = env.dialer.connect(&endpoint).await?;
    let bytes = query.bytes.expose();
    connection.write_all(bytes).await.map_err(broken)?;
    connection.flush().await.map_err(broken)?;
    let bad = |error: http::Error| {
        Fault::new(FaultKind::Protocol, format!("{endpoint} gave no answer")).caused_by(error)
    };
    let (mut answer, mut buffer) = (Answer::new(), vec![0; READ]);
    loop {
        let count = connection.read(&mut buffer).await.map_err(broken)?;
        if answer.take(&buffer[..count]).map_err(bad)? || count == 0 {
            return answer.end().map_err(bad);
        }
    }
}

/// An answer, as far as it was read.
struct Answer {
    parser: ResponseParser,
    head: Option<Box<Head>>,
    body: Vec<u8>,
}

impl Answer {
    fn new() -> Self {
        Self {
            parser: ResponseParser::new(LIMITS),
            head: None,
            body: Vec::new(),
        }
    }

    /// Takes bytes; true once the answer has ended.
    fn take(&mut self, mut bytes: &[u8]) -> Result<bool, http::Error> {
        while let Some(part) = self.parser.next(&mut bytes)? {
            match part {
                Part::Head(head) => self.head = Some(head),
                Part::Body(piece) => self.body.extend(piece),
                Part::End => return Ok(true),
            }
        }
        Ok(false)
    }

    fn end(self) -> Result<Reply, http::Error> {
        self.parser.finish()?;
        let head = self.head.ok_or(http::Error::NoAnswer)?;
        Ok(Reply::Answer(head, self.body))
    }
}

/// Where to connect to. In the clear only what is no secret is sent: the dialer refuses `Plaintext` to other machines,
/// and `StartTls` is a connection that is in the clear until it is secured, which this one never is.
fn endpoint(env: &DiscoveryEnv, url: &Url) -> Endpoint {
    let (security, usual, port) = match url.is_secure() {
        true => (Security::Tls, 443, env.https_port),
        false => (Security::StartTls, 80, env.http_port),
    };
    Endpoint {
        host: url.host().to_owned(),
        port: if url.port() == usual {
            port
        } else {
            url.port()
        },
        security,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_upstream::dial::Dialer;
    use pushmail_upstream::egress::EgressGuard;
    use pushmail_upstream::tls;

    #[test]
    fn another_machine_can_be_asked_in_the_clear() {
        let tls = tls::client_config(None).unwrap();
        let env = DiscoveryEnv::system(Dialer::new(EgressGuard::unrestricted(), tls));
        for (url, port, security) in [
            ("https://a.test/x", 443, Security::Tls),
            ("https://a.test:8443/x", 8443, Security::Tls),
            ("http://a.test/x", 80, Security::StartTls),
        ] {
            let endpoint = endpoint(&env, &Url::parse(url).unwrap());
            assert_eq!(
                (endpoint.port, endpoint.security),
                (port, security),
                "{url}"
            );
        }
    }
}
