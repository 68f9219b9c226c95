//! A device that sends XML and reads XML.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of tests: its failure is the failure of the test"
)]

use super::xml;
use crate::client::{Stream, play_with};
use pushmail_domain::{AccountId, Authentication, Secret};
use pushmail_eas::DeviceId;
use pushmail_eas::command::Command;
use pushmail_eas::command::provision::{Answer, Applied, PolicyKey, Request as Provision};
use pushmail_eas::http::{Call, CookieJar, Head, Limits, Part, Post, Request, ResponseParser, Url};
use pushmail_mailsim::eas::Config;
use pushmail_mailsim::{Mailsim, certs};
use pushmail_wbxml::{Element, ProtocolVersion, pretty};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const USER: &str = "ann@x.test";

/// A server that speaks ActiveSync, in plaintext.
pub(crate) async fn serve() -> Mailsim {
    serve_with(|_| {}).await
}

/// The same, with another configuration.
pub(crate) async fn serve_with(change: impl FnOnce(&mut Config)) -> Mailsim {
    let mut eas = Config::default();
    change(&mut eas);
    play_with("full", |config| config.eas = Some(eas)).await
}

pub(crate) struct Device {
    stream: Box<dyn Stream>,
    /// What came after the last answer.
    rest: Vec<u8>,
    pub(crate) user: String,
    pub(crate) credential: Authentication,
    pub(crate) id: DeviceId,
    pub(crate) version: ProtocolVersion,
    pub(crate) key: Option<PolicyKey>,
}

/// An answer.
pub(crate) struct Got {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

impl Got {
    /// Its document as text.
    pub(crate) fn xml(&self) -> String {
        assert_eq!(self.head.status, 200);
        assert!(self.body.is_empty() || self.head.is_wbxml());
        let shown = pretty::document(&self.body, pushmail_wbxml::Limits::default(), 4);
        match shown.error {
            None => shown.text,
            Some(_) if self.body.is_empty() => String::new(),
            Some(error) => panic!("{error}: {}", shown.text),
        }
    }

    /// The text of the first element of this name.
    pub(crate) fn text(&self, name: &str) -> String {
        let xml = self.xml();
        let (_, rest) = xml
            .split_once(&format!("{name}>"))
            .unwrap_or_else(|| panic!("no {name} in {xml}"));
        rest.split('<').next().unwrap().to_owned()
    }

    /// The texts of all elements of this name.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let (xml, tag) = (self.xml(), format!("<{name}>"));
        let all = xml.split(&tag).skip(1);
        all.map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect()
    }
}

impl Device {
    /// Connects in plaintext, as the device of this number.
    pub(crate) async fn connect(sim: &Mailsim, version: ProtocolVersion, number: u8) -> Self {
        let stream = TcpStream::connect(sim.eas().addr().unwrap()).await.unwrap();
        Self::over(Box::new(stream), version, number)
    }

    /// Connects by TLS.
    pub(crate) async fn connect_tls(sim: &Mailsim, version: ProtocolVersion) -> Self {
        let stream = TcpStream::connect(sim.eas().addr().unwrap()).await.unwrap();
        let config = certs::client_config(sim.ca_pem()).unwrap();
        let connector = tokio_rustls::TlsConnector::from(config);
        let name = "localhost".try_into().unwrap();
        let stream = connector.connect(name, stream).await.unwrap();
        Self::over(Box::new(stream), version, 1)
    }

    fn over(stream: Box<dyn Stream>, version: ProtocolVersion, number: u8) -> Self {
        Self {
            stream,
            rest: Vec::new(),
            user: USER.to_owned(),
            credential: Authentication::Password(Secret::new("secret".to_owned())),
            id: DeviceId::of_account(AccountId::from_bytes([number; 16])),
            version,
            key: None,
        }
    }

    /// One that has provisioned.
    pub(crate) async fn ready(sim: &Mailsim, version: ProtocolVersion) -> Self {
        let mut device = Self::connect(sim, version, 1).await;
        device.provision().await;
        device
    }

    /// One that has also all folders.
    pub(crate) async fn with_folders(sim: &Mailsim, version: ProtocolVersion) -> Self {
        let mut device = Self::ready(sim, version).await;
        device.folder_sync("0").await;
        device
    }

    /// Goes through both phases.
    pub(crate) async fn provision(&mut self) {
        self.key = None;
        for request in [Some(Provision::Policy), None] {
            let request = request.unwrap_or_else(|| Provision::Acknowledge {
                key: self.key.clone().unwrap(),
                applied: Applied::Fully,
            });
            let body = request.encode(self.version);
            let got = self.post(Command::Provision, &body).await;
            let answer = Answer::parse(&got.body, pushmail_wbxml::Limits::default()).unwrap();
            self.key = answer.policy.unwrap().key;
            assert!(self.key.is_some(), "{}", got.xml());
        }
    }

    /// Asks for folders; the new key.
    pub(crate) async fn folder_sync(&mut self, key: &str) -> Got {
        let xml =
            format!("<FolderSync xmlns=\"FolderHierarchy\"><SyncKey>{key}</SyncKey></FolderSync>");
        self.ask(Command::FolderSync, &xml).await
    }

    /// Asks for a folder, with these elements after its id.
    pub(crate) async fn sync(&mut self, folder: &str, key: &str, more: &str) -> Got {
        let class = match folder {
            "1" => "Calendar",
            "2" => "Contacts",
            "3" => "Tasks",
            _ => "Email",
        };
        let class = match self.version <= ProtocolVersion::V12_1 {
            true => format!("<Class>{class}</Class>"),
            false => String::new(),
        };
        let xml = format!(
            "<Sync xmlns=\"AirSync\"><Collections><Collection>{class}<SyncKey>{key}</SyncKey>\
             <CollectionId>{folder}</CollectionId>{more}</Collection></Collections></Sync>"
        );
        self.ask(Command::Sync, &xml).await
    }

    /// The key of a folder of which all is known.
    pub(crate) async fn synced(&mut self, folder: &str) -> String {
        let begun = self.sync(folder, "0", "").await;
        let key = begun.text("SyncKey");
        let got = self.sync(folder, &key, "<GetChanges/>").await;
        match got.body.is_empty() {
            true => key,
            false => got.text("SyncKey"),
        }
    }

    /// Sends a document that is written as XML.
    pub(crate) async fn ask(&mut self, command: Command, xml: &str) -> Got {
        self.post(command, &xml::wbxml(xml)).await
    }

    pub(crate) async fn post(&mut self, command: Command, body: &[u8]) -> Got {
        self.begin(command, body).await;
        self.answer().await
    }

    /// Sends a command and does not wait for its answer.
    pub(crate) async fn begin(&mut self, command: Command, body: &[u8]) {
        let (device, key) = (self.id.clone(), self.key.clone());
        let call = Call::Post(Post {
            command,
            device: &device,
            version: self.version,
            policy_key: key.as_ref(),
            body,
        });
        let bytes = self.encoded(call);
        self.send(&bytes).await;
    }

    pub(crate) async fn options(&mut self) -> Got {
        let bytes = self.encoded(Call::Options);
        self.send(&bytes).await;
        self.answer().await
    }

    fn encoded(&self, call: Call<'_>) -> Vec<u8> {
        let request = Request {
            url: &Url::parse("http://localhost:1").unwrap(),
            user: &self.user,
            credential: &self.credential,
            cookies: &CookieJar::new(),
            call,
        };
        request.encode().unwrap().expose().clone()
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The next answer, which comes at once.
    pub(crate) async fn answer(&mut self) -> Got {
        let answer = tokio::time::timeout(Duration::from_secs(10), self.try_answer());
        let answer = answer.await.expect("no answer comes");
        answer.expect("the server hung up")
    }

    /// The next answer; none if the server hangs up.
    pub(crate) async fn try_answer(&mut self) -> Option<Got> {
        let mut parser = ResponseParser::new(Limits::default());
        let (mut head, mut body) = (None, Vec::new());
        loop {
            let mut bytes = self.rest.as_slice();
            while let Some(part) = parser.next(&mut bytes).unwrap() {
                match part {
                    Part::Head(read) => head = Some(*read),
                    Part::Body(piece) => body.extend(piece),
                    Part::End => {}
                }
            }
            self.rest = bytes.to_vec();
            if parser.is_done() {
                let head = head.unwrap();
                return Some(Got { head, body });
            }
            if self.stream.read_buf(&mut self.rest).await.ok()? == 0 {
                return None;
            }
        }
    }
}

/// The document that this XML stands for, as it is shown.
pub(crate) fn shown(xml: &str) -> String {
    pretty::element(&xml::element(xml), 4)
}

/// How many elements of this name the document has.
pub(crate) fn count(document: &str, name: &str) -> usize {
    document.matches(&format!("<{name}>")).count()
}

/// A document of one element.
pub(crate) fn element(xml: &str) -> Element {
    xml::element(xml)
}
