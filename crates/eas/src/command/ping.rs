//! Ping (MS-ASCMD, section 2.2.1.13): waits until something is new, or until the heartbeat has passed.

use super::{Class, CollectionId, Error, read};
use crate::status::{Common, statuses};
use pushmail_wbxml::pages::ping;
use pushmail_wbxml::{Element, Limits};

/// Asks to be told.
///
/// The server keeps what it was told: what is not changed may be left out from the second request on, and if that is
/// all of it, the body is empty. Whoever gets a [`Status::MissingParameters`] sends all of it again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// How long the server waits at most, in seconds. Exchange takes 60 to 3540.
    pub heartbeat: Option<u32>,
    /// The folders.
    pub folders: Vec<Watched>,
}

/// A folder that a Ping watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Which.
    pub id: CollectionId,
    /// What it holds.
    pub class: Class,
}

/// What the server has to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Whether there is something new, or what is wrong.
    pub status: Status,
    /// The folders in which something is new.
    pub folders: Vec<CollectionId>,
    /// The heartbeat to send instead, in seconds, with [`Status::HeartbeatOutOfRange`].
    pub heartbeat: Option<u32>,
    /// The most folders that may be sent, with [`Status::TooManyFolders`].
    pub max_folders: Option<u32>,
}

statuses! {
    /// What a Ping came to (MS-ASCMD, section 2.2.3.177.11).
    Status, else Common(Common) "One that all commands share.";
    /// The heartbeat has passed, and nothing is new.
    Expired = 1 Fine;
    /// Something is new: synchronise the folders that the answer names.
    Changed = 2 Fine;
    /// The server has not kept what was left out.
    MissingParameters = 3 SendInFull;
    /// The request is wrong.
    Syntax = 4 Bug;
    /// The answer has the heartbeat that is allowed.
    HeartbeatOutOfRange = 5 Adjust;
    /// The answer has the number of folders that is allowed.
    TooManyFolders = 6 Adjust;
    /// Folders have changed.
    HierarchyChanged = 7 HierarchyChanged;
    /// An error of the server.
    ServerError = 8 Retry;
}

impl Request {
    /// As WBXML; empty if nothing is to be said. It is the same in all versions.
    pub fn encode(&self) -> Vec<u8> {
        if *self == Self::default() {
            return Vec::new();
        }
        let mut root = Element::new(ping::PING);
        if let Some(heartbeat) = self.heartbeat {
            root = root.with(Element::of_text(
                ping::HEARTBEAT_INTERVAL,
                heartbeat.to_string(),
            ));
        }
        if !self.folders.is_empty() {
            let folders = Element::new(ping::FOLDERS);
            root = root.with(
                self.folders
                    .iter()
                    .fold(folders, |all, one| all.with(one.element())),
            );
        }
        root.encode()
    }
}

impl Watched {
    fn element(&self) -> Element {
        Element::new(ping::FOLDER)
            .with(Element::of_text(ping::ID, self.id.as_str()))
            .with(Element::of_text(ping::CLASS, self.class.as_str()))
    }
}

impl Answer {
    /// Reads an answer. An empty one says that nothing is new.
    ///
    /// # Errors
    /// [`Error`] if it is none.
    pub fn parse(bytes: &[u8], limits: Limits) -> Result<Self, Error> {
        if bytes.is_empty() {
            return Ok(Self {
                status: Status::Expired,
                folders: Vec::new(),
                heartbeat: None,
                max_folders: None,
            });
        }
        let root = read::document(bytes, ping::PING, limits)?;
        let status = read::number_in(&root, ping::STATUS)?;
        let folders = root.find(&[ping::FOLDERS]);
        let folders = folders.into_iter().flat_map(|all| all.all(ping::FOLDER));
        Ok(Self {
            status: Status::of(status.ok_or(Error::Missing(ping::STATUS))?),
            folders: folders
                .filter_map(|one| folder(one).transpose())
                .collect::<Result<_, _>>()?,
            heartbeat: read::number_in(&root, ping::HEARTBEAT_INTERVAL)?,
            max_folders: read::number_in(&root, ping::MAX_FOLDERS)?,
        })
    }
}

/// The folder of an answer: its id as text, or in an Id as requests have it, which some servers send back.
fn folder(element: &Element) -> Result<Option<CollectionId>, Error> {
    match element.find(&[ping::ID]) {
        Some(_) => read::id_in(element, ping::ID, CollectionId::new),
        None => read::id(ping::FOLDER, element.text().into_owned(), CollectionId::new),
    }
}
