//! A client that waits by Ping.

use crate::Stream;
use anyhow::Context as _;
use pushmail_domain::{AccountId, Authentication, Secret};
use pushmail_eas::DeviceId;
use pushmail_eas::command::provision::{self, Applied, PolicyKey};
use pushmail_eas::command::{Class, CollectionId, Command, SyncKey, folder_sync, ping, sync};
use pushmail_eas::http::{self, Call, CookieJar, Part, Post, Request, ResponseParser, Url};
use pushmail_wbxml::{Limits, ProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const VERSION: ProtocolVersion = ProtocolVersion::V16_1;
const INBOX: &str = "5";

/// Provisions, asks for the folders, synchronises the inbox, and waits.
pub(crate) async fn wait(stream: &mut Box<dyn Stream>, user: &str) -> anyhow::Result<()> {
    let mut device = Device {
        stream,
        user,
        id: DeviceId::of_account(AccountId::from_bytes([1; 16])),
        key: None,
    };
    device.provision().await?;
    let sync_key = SyncKey::initial();
    let all = folder_sync::Request { sync_key }.encode();
    device.ask(Command::FolderSync, &all).await?;
    let inbox = CollectionId::new(INBOX).context("an id")?;
    device.synchronise(inbox.clone()).await?;
    let watched = ping::Watched {
        id: inbox,
        class: Class::Email,
    };
    let ping = ping::Request {
        heartbeat: Some(3540),
        folders: vec![watched],
    };
    device.send(Command::Ping, &ping.encode()).await
}

struct Device<'d> {
    stream: &'d mut Box<dyn Stream>,
    user: &'d str,
    id: DeviceId,
    key: Option<PolicyKey>,
}

impl Device<'_> {
    async fn provision(&mut self) -> anyhow::Result<()> {
        for phase in 0..2 {
            let request = match self.key.clone().filter(|_| phase == 1) {
                None => provision::Request::Policy,
                Some(key) => provision::Request::Acknowledge {
                    key,
                    applied: Applied::Fully,
                },
            };
            let body = self
                .ask(Command::Provision, &request.encode(VERSION))
                .await?;
            let answer = provision::Answer::parse(&body, Limits::default())?;
            self.key = answer.policy.context("no policy")?.key;
        }
        Ok(())
    }

    /// Until nothing is new.
    async fn synchronise(&mut self, id: CollectionId) -> anyhow::Result<()> {
        let mut sync_key = SyncKey::initial();
        loop {
            let query = sync::Query {
                id: id.clone(),
                class: Class::Email,
                sync_key,
                supported: Vec::new(),
                deletes_as_moves: None,
                get_changes: true,
                window: None,
                options: None,
                fetch: Vec::new(),
            };
            let request = sync::Request {
                collections: vec![query],
                ..sync::Request::default()
            };
            let body = self.ask(Command::Sync, &request.encode(VERSION)).await?;
            if body.is_empty() {
                return Ok(());
            }
            let mut parser = sync::Parser::new(sync::Limits::default());
            let Some(sync::Part::Collection(read)) = parser.next(&mut body.as_slice())? else {
                anyhow::bail!("there is mail");
            };
            sync_key = read.sync_key.context("no key")?;
        }
    }

    /// Sends a command; the body of the answer.
    async fn ask(&mut self, command: Command, body: &[u8]) -> anyhow::Result<Vec<u8>> {
        self.send(command, body).await?;
        let mut parser = ResponseParser::new(http::Limits::default());
        let (mut bytes, mut answer) = ([0; 4096], Vec::new());
        while !parser.is_done() {
            let length = self.stream.read(&mut bytes).await?;
            anyhow::ensure!(length > 0, "the server hung up");
            let mut read = &bytes[..length];
            while let Some(part) = parser.next(&mut read)? {
                match part {
                    Part::Head(head) => anyhow::ensure!(head.status == 200, "{}", head.status),
                    Part::Body(piece) => answer.extend(piece),
                    Part::End => {}
                }
            }
        }
        Ok(answer)
    }

    async fn send(&mut self, command: Command, body: &[u8]) -> anyhow::Result<()> {
        let credential = Authentication::Password(Secret::new("secret".to_owned()));
        let call = Call::Post(Post {
            command,
            device: &self.id,
            version: VERSION,
            policy_key: self.key.as_ref(),
            body,
        });
        let request = Request {
            url: &Url::parse("https://localhost")?,
            user: self.user,
            credential: &credential,
            cookies: &CookieJar::new(),
            call,
        };
        self.stream.write_all(request.encode()?.expose()).await?;
        Ok(())
    }
}
