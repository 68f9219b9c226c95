//! A request as bytes.

use super::cookies::CookieJar;
use super::credential;
use super::url::Url;
use crate::command::Command;
use crate::command::provision::PolicyKey;
use crate::device::{DEVICE_TYPE, DeviceId, USER_AGENT};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pushmail_domain::{Authentication, Secret};
use pushmail_wbxml::ProtocolVersion;
use std::fmt;

/// All but the unreserved characters (RFC 3986, section 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request (MS-ASHTTP, sections 2.2.1 and 2.2.3).
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The server.
    pub url: &'a Url,
    /// The name to log in with.
    pub user: &'a str,
    /// What to log in with.
    pub credential: &'a Authentication,
    /// What the server wants to see again.
    pub cookies: &'a CookieJar,
    /// What is asked.
    pub call: Call<'a>,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub enum Call<'a> {
    /// What the server speaks (MS-ASHTTP, section 2.2.3).
    Options,
    /// A command (MS-ASHTTP, section 2.2.1).
    Post(Post<'a>),
}

/// A command. `Debug` gives the length of its body.
#[derive(Clone, Copy)]
pub struct Post<'a> {
    /// Which command.
    pub command: Command,
    /// Who we are.
    pub device: &'a DeviceId,
    /// The version that the body is written in.
    pub version: ProtocolVersion,
    /// What the last Provision gave; 0 is sent if there is none. A server refuses for good whoever sends no key at all,
    /// if it has a policy (MS-ASPROV, section 3.1.5.2, status 141).
    pub policy_key: Option<&'a PolicyKey>,
    /// The command as WBXML. It may be empty: see the commands for what that means.
    pub body: &'a [u8],
}

/// What cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    /// The name is empty, has control characters, or has a colon together with a password.
    #[error(
        "the user name is empty, or has a control character or a colon, which HTTP cannot send: set it anew"
    )]
    User,
    /// The password has control characters, or the token has characters that a token has not.
    #[error(
        "the password or the token has characters that HTTP cannot send: set it anew, without line ends"
    )]
    Credential,
}

impl Request<'_> {
    /// The request as bytes. They hold the credential.
    ///
    /// # Errors
    /// [`Unsendable`] if HTTP cannot say the name or the credential.
    pub fn encode(&self) -> Result<Secret<Vec<u8>>, Unsendable> {
        if self.user.is_empty() || self.user.chars().any(char::is_control) {
            return Err(Unsendable::User);
        }
        let authorization = credential::authorization(self.user, self.credential)?;
        let cookies = self.cookies.header().map(|value| ("Cookie", value));
        let secrets: Vec<_> = [("Authorization", authorization)]
            .into_iter()
            .chain(cookies)
            .collect();
        let plain = self.plain_head();
        let body = self.call.body();
        let size: usize = secrets
            .iter()
            .map(|(name, value)| name.len() + value.expose().len() + 4)
            .sum();
        // Bytes that have to grow leave copies of themselves behind.
        let mut bytes = Vec::with_capacity(plain.len() + size + 2 + body.len());
        bytes.extend(plain.as_bytes());
        for (name, value) in &secrets {
            for part in [name, ": ", value.expose(), "\r\n"] {
                bytes.extend(part.as_bytes());
            }
        }
        bytes.extend(b"\r\n");
        bytes.extend(body);
        Ok(Secret::new(bytes))
    }

    /// The head but for what is secret, and but for the empty line.
    fn plain_head(&self) -> String {
        let (host, path) = (self.url.authority(), self.url.path());
        let (method, query, headers) = match self.call {
            Call::Options => ("OPTIONS", String::new(), String::new()),
            Call::Post(post) => ("POST", post.query(self.user), post.headers()),
        };
        format!(
            "{method} {path}{query} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\n\
             Accept-Encoding: identity\r\n{headers}"
        )
    }
}

impl<'a> Call<'a> {
    const fn body(&self) -> &'a [u8] {
        match self {
            Self::Options => &[],
            Self::Post(post) => post.body,
        }
    }
}

impl Post<'_> {
    /// The plain text query value (MS-ASHTTP, section 2.2.1.1.1.2).
    fn query(&self, user: &str) -> String {
        let user = utf8_percent_encode(user, ESCAPED);
        let (command, device) = (self.command.as_str(), self.device);
        format!("?Cmd={command}&User={user}&DeviceId={device}&DeviceType={DEVICE_TYPE}")
    }

    /// The headers of a command (MS-ASHTTP, section 2.2.1.1.2). Without a body there is no Content-Type (2.2.1.1.2.3).
    fn headers(&self) -> String {
        let version = self.version;
        let policy_key = self.policy_key.map_or("0", PolicyKey::as_str);
        let length = self.body.len();
        let kind = match length {
            0 => "",
            _ => "Content-Type: application/vnd.ms-sync.wbxml\r\n",
        };
        format!(
            "MS-ASProtocolVersion: {version}\r\nX-MS-PolicyKey: {policy_key}\r\n{kind}\
             Content-Length: {length}\r\n"
        )
    }
}

impl fmt::Debug for Post<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            command,
            version,
            body,
            ..
        } = self;
        write!(f, "{command:?} in {version}, {} bytes", body.len())
    }
}
