//! A small HTTPS client: one GET, bounded in time and size.

use super::DiscoveryEnv;
use crate::target::host;
use http::header::{HOST, LOCATION};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use pushmail_domain::{Endpoint, Fault, FaultKind, Security};
use std::time::Duration;
use tokio::time::timeout;

/// The longest answer.
const MAX_BODY: usize = 64 * 1024;

const MAX_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;
const MAX_REDIRECTS: usize = 2;
const TIMEOUT: Duration = Duration::from_secs(10);

/// Gets `https://{host}{path}` as text. Redirects are followed within `domain` and its subdomains.
///
/// # Errors
///
/// The dialer's faults; [`FaultKind::Timeout`] after 10 s; [`FaultKind::TooLarge`] past 64 KiB;
/// [`FaultKind::Protocol`] for any status but 200, a redirect elsewhere, or text that is not UTF-8.
pub(super) async fn get(
    env: &DiscoveryEnv,
    domain: &str,
    host: &str,
    path: &str,
) -> Result<String, Fault> {
    match timeout(TIMEOUT, follow(env, domain, host, path)).await {
        Ok(got) => got,
        Err(elapsed) => Err(Fault::new(
            FaultKind::Timeout,
            format!("https://{host} did not answer in time"),
        )
        .caused_by(elapsed)),
    }
}

async fn follow(env: &DiscoveryEnv, domain: &str, host: &str, path: &str) -> Result<String, Fault> {
    let (mut host, mut path) = (host.to_owned(), path.to_owned());
    for _ in 0..=MAX_REDIRECTS {
        match Box::pin(exchange(env, &host, &path)).await? {
            Answer::Text(text) => return Ok(text),
            Answer::Moved(to) => {
                (host, path) = within(domain, &host, &to).ok_or_else(|| {
                    protocol(&host, "redirects to where discovery does not follow")
                })?;
            }
        }
    }
    Err(protocol(&host, "redirects too often"))
}

enum Answer {
    Text(String),
    Moved(String),
}

async fn exchange(env: &DiscoveryEnv, host: &str, path: &str) -> Result<Answer, Fault> {
    let connection = env
        .dialer
        .connect(&Endpoint {
            host: host.to_owned(),
            port: env.https_port,
            security: Security::Tls,
        })
        .await?;
    let failed = |error: hyper::Error| protocol(host, "broke off").caused_by(error);
    let (mut sender, pump) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .handshake(TokioIo::new(connection))
        .await
        .map_err(failed)?;
    let request = Request::get(path)
        .header(HOST, host)
        .body(Empty::<Bytes>::new())
        .map_err(|error| protocol(host, "cannot be asked").caused_by(error))?;
    let talk = async move {
        let response = sender.send_request(request).await.map_err(failed)?;
        read(host, response).await
    };
    tokio::pin!(talk);
    tokio::select! {
        answer = &mut talk => answer,
        // The server closed: what it sent before that is still to be read.
        _closed = pump => talk.await,
    }
}

async fn read(host: &str, response: Response<Incoming>) -> Result<Answer, Fault> {
    let status = response.status();
    if status.is_redirection() {
        let to = response
            .headers()
            .get(LOCATION)
            .and_then(|to| to.to_str().ok());
        let to = to.ok_or_else(|| protocol(host, "redirects to nowhere"))?;
        return Ok(Answer::Moved(to.to_owned()));
    }
    if status != StatusCode::OK {
        return Err(protocol(
            host,
            &format!("answers with status {}", status.as_u16()),
        ));
    }
    let body = Limited::new(response.into_body(), MAX_BODY);
    let body = body.collect().await.map_err(|error| {
        if error.is::<http_body_util::LengthLimitError>() {
            return Fault::new(
                FaultKind::TooLarge,
                format!("https://{host} sent more than 64 KiB"),
            );
        }
        protocol(host, "broke off").caused_by(error)
    })?;
    let text = String::from_utf8(body.to_bytes().into())
        .map_err(|error| protocol(host, "sent text that is not UTF-8").caused_by(error))?;
    Ok(Answer::Text(text))
}

/// Where a redirect leads, if it stays with HTTPS, its usual port, and the domain.
fn within(domain: &str, from: &str, to: &str) -> Option<(String, String)> {
    let uri: Uri = to.parse().ok()?;
    let path = uri
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    // `//host/path` is a host without a scheme, which `Uri` takes for a path.
    if !path.starts_with('/') || path.starts_with("//") {
        return None;
    }
    let Some(authority) = uri.authority() else {
        return Some((from.to_owned(), path));
    };
    let target = authority.host().to_ascii_lowercase();
    let inside = host::is_within(&target, domain);
    let https =
        uri.scheme_str() == Some("https") && matches!(authority.port_u16(), None | Some(443));
    let no_user = !authority.as_str().contains('@');
    (inside && https && no_user).then_some((target, path))
}

fn protocol(host: &str, what: &str) -> Fault {
    Fault::new(FaultKind::Protocol, format!("https://{host} {what}"))
}

/// Percent-encodes a query value (RFC 3986, section 2).
pub(super) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_stays_with_the_domain_and_https() {
        let follow = |to| within("example.org", "autoconfig.example.org", to);
        let some = |host: &str, path: &str| Some((host.to_owned(), path.to_owned()));
        assert_eq!(follow("/x?y=1"), some("autoconfig.example.org", "/x?y=1"));
        assert_eq!(follow("https://Example.org/x"), some("example.org", "/x"));
        assert_eq!(
            follow("https://a.b.example.org:443"),
            some("a.b.example.org", "/")
        );
        for elsewhere in [
            "http://example.org/x",
            "https://example.com/x",
            "https://evilexample.org/x",
            "https://example.org.evil.example/x",
            "https://example.org:8443/x",
            "https://example.org@evil.example/x",
            "https://me@example.org/x",
            "//evil.example/x",
            "x",
            "",
        ] {
            assert_eq!(follow(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn an_address_is_encoded_for_a_query() {
        assert_eq!(encode("a+b&c@example.org"), "a%2Bb%26c%40example.org");
    }
}
