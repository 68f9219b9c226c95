//! Exchange ActiveSync, as an Exchange server speaks it to a phone.
//!
//! HTTP/1.1 on a port of its own (MS-ASHTTP), WBXML (MS-ASWBXML), the commands FolderSync, Sync, Ping, Provision, Settings
//! and ItemOperations (MS-ASCMD, MS-ASPROV) in the versions 2.5 to 16.1, over the same mailboxes as IMAP. Besides mail,
//! every user has a calendar, contacts and tasks (MS-ASCAL, MS-ASCNTC, MS-ASTASK).
//!
//! [Autodiscover](Discovery) is on the same port.
//!
//! **Strict.** What a client does against the specification gets the status that the specification has for it, and is
//! noted: [`Hand::mistakes`].
//!
//! **Small.** A Ping that waits is parked as an IDLE is: a socket, two keys of TLS, whose it is and until when. What a
//! device was told is kept as numbers, 12 bytes an item. With its user and its device it takes about 1.2 KB, a third more
//! than an IDLE (`examples/idle`).
//!
//! **Faults.** [`Hand::spoil`] has those of ActiveSync alone. Of the others, [`crate::Mailsim::refuse_logins`],
//! [`crate::Mailsim::freeze`], [`crate::Mailsim::say_bye`] (which ends connections here without a word) and
//! [`crate::Mailsim::disconnect_all`] concern it too.
//!
//! Left out: attachments, sending mail, search, meeting responses, changes of folders by clients, the query in base64.

mod account;
mod answer;
mod auth;
mod autodiscover;
mod body;
mod choice;
mod collection;
mod command;
mod config;
mod context;
mod dates;
mod device;
mod dispatch;
mod ear;
mod execute;
mod faults;
mod folder;
mod folder_sync;
mod grammar;
mod hand;
mod hierarchy;
mod item;
mod item_operations;
mod items;
mod key;
mod mail;
mod offer;
mod pending;
mod ping;
mod policy;
mod present;
mod provision;
mod query;
mod request;
mod service;
mod settings;
mod sleeper;
mod spoil;
mod status;
mod sync;
mod talk;
mod visitor;

pub(crate) use account::Account;
pub use autodiscover::Discovery;
pub use command::Command;
pub use config::Config;
pub use faults::{Fault, Trouble};
pub use hand::{Hand, Known};
pub use item::{Appointment, Contact, Item, ItemId, Task};
pub use policy::{Policy, StaleKey};
pub use provision::{Wipe, Wiped};
pub use pushmail_wbxml::ProtocolVersion;
pub use request::{MAX_BODY, MAX_HEAD};
pub(crate) use service::Service;
pub(crate) use talk::serve;
