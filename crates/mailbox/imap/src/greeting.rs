//! From the first byte to the login: greeting, CAPABILITY, STARTTLS.
//!
//! Read by this project's own decoder, so that nothing that came before TLS reaches the session.

use crate::refusal;
use pushmail_domain::{Endpoint, FaultKind, Security};
use pushmail_imap::Quirks;
use pushmail_imap::wire::{Capabilities, Capability, Code, Condition, Decoder, Response};
use pushmail_mailbox::ReadError;
use pushmail_upstream::dial::Connection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A server says no more than this before the login, in bytes.
const MOST: usize = 64 * 1024;

/// A connection that waits for the login.
pub(crate) struct Greeted {
    pub(crate) connection: Connection,
    pub(crate) capabilities: Capabilities,
    pub(crate) quirks: &'static Quirks,
}

struct Dialogue {
    connection: Connection,
    endpoint: Endpoint,
    decoder: Decoder,
    /// Bytes that were read and not looked at yet.
    unread: Vec<u8>,
    left: usize,
    tags: u32,
    capabilities: Option<Capabilities>,
}

/// Hears the greeting, brings TLS up where it is still missing, and learns what the server offers.
pub(crate) async fn greet(connection: Connection) -> Result<Greeted, ReadError> {
    let endpoint = connection.endpoint().clone();
    let mut dialogue = Dialogue {
        connection,
        endpoint,
        decoder: Decoder::new(),
        unread: Vec::new(),
        left: MOST,
        tags: 0,
        capabilities: None,
    };
    let quirks = dialogue.greeting().await?;
    if dialogue.endpoint.security == Security::StartTls {
        dialogue = dialogue.start_tls().await?;
    }
    let capabilities = dialogue.capabilities().await?;
    dialogue.expect_silence()?;
    Ok(Greeted {
        connection: dialogue.connection,
        capabilities,
        quirks,
    })
}

impl Dialogue {
    async fn greeting(&mut self) -> Result<&'static Quirks, ReadError> {
        let text = match self.next().await? {
            Response::Status(Condition::Ok, text) => text,
            Response::Status(Condition::PreAuth, _) => {
                return Err(self.refuse("skips the login, so the account cannot be told"));
            }
            Response::Status(Condition::Bye, _) => {
                return Err(self.refuse("takes no connection for now: try again in a moment"));
            }
            _ => {
                return Err(self.refuse("does not greet as an IMAP server: check host and port"));
            }
        };
        if let Some(Code::Capability(capabilities)) = text.code {
            self.capabilities = Some(capabilities);
        }
        let by_host = Quirks::of_host(&self.endpoint.host);
        let by_text = Quirks::of_text(&text.text).filter(|_| by_host.name.is_empty());
        Ok(by_text.unwrap_or(by_host))
    }

    async fn start_tls(mut self) -> Result<Self, ReadError> {
        if !self.capabilities().await?.offers(Capability::StartTls) {
            let message = format!(
                "{} does not offer STARTTLS, and the credential is not sent unprotected: use port 993 with TLS",
                self.endpoint
            );
            let fault = pushmail_domain::Fault::new(FaultKind::PlaintextRefused, message);
            return Err(refusal::fault(fault));
        }
        self.command("STARTTLS").await?;
        // What comes together with the OK was sent by somebody in between (RFC 9051, section 11.1).
        self.expect_silence()?;
        let connection = self.connection.start_tls().await.map_err(refusal::fault)?;
        Ok(Self {
            connection,
            decoder: Decoder::new(),
            capabilities: None,
            ..self
        })
    }

    async fn capabilities(&mut self) -> Result<Capabilities, ReadError> {
        if self.capabilities.is_none() {
            self.command("CAPABILITY").await?;
        }
        Ok(self.capabilities.unwrap_or_default())
    }

    /// Sends a command and waits for its OK.
    async fn command(&mut self, command: &str) -> Result<(), ReadError> {
        self.tags += 1;
        let tag = format!("P{}", self.tags);
        let line = format!("{tag} {command}\r\n");
        let sent = self.connection.write_all(line.as_bytes()).await;
        let sent = match sent {
            Ok(()) => self.connection.flush().await,
            failed => failed,
        };
        sent.map_err(|error| refusal::broken(&self.endpoint, &error))?;
        loop {
            match self.next().await? {
                Response::Capability(offered) => self.capabilities = Some(offered),
                Response::Tagged {
                    tag: answered,
                    condition: Condition::Ok,
                    text,
                } if answered == tag => {
                    if let Some(Code::Capability(offered)) = text.code {
                        self.capabilities = Some(offered);
                    }
                    return Ok(());
                }
                Response::Tagged { .. } | Response::Status(Condition::Bye, _) => {
                    return Err(self.refuse(&format!("refuses {command}")));
                }
                _ => {}
            }
        }
    }

    async fn next(&mut self) -> Result<Response, ReadError> {
        loop {
            let mut bytes = self.unread.as_slice();
            let response = self.decoder.next(&mut bytes);
            let taken = self.unread.len() - bytes.len();
            self.unread.drain(..taken);
            match response {
                Ok(Some(response)) => return Ok(response),
                Ok(None) => self.read().await?,
                Err(error) => {
                    return Err(self.refuse("does not speak IMAP").caused_by(error));
                }
            }
        }
    }

    async fn read(&mut self) -> Result<(), ReadError> {
        let mut bytes = [0; 2048];
        let read = self.connection.read(&mut bytes).await;
        let read = read.map_err(|error| refusal::broken(&self.endpoint, &error))?;
        if read == 0 {
            return Err(self.refuse("ended the connection before the login"));
        }
        self.left = match self.left.checked_sub(read) {
            Some(left) => left,
            None => return Err(self.refuse("says too much before the login")),
        };
        self.unread.extend_from_slice(&bytes[..read]);
        Ok(())
    }

    fn expect_silence(&self) -> Result<(), ReadError> {
        if self.unread.is_empty() {
            return Ok(());
        }
        Err(self.refuse("sent more than was asked for before the login"))
    }

    fn refuse(&self, what: &str) -> ReadError {
        refusal::upstream(&self.endpoint, what)
    }
}
