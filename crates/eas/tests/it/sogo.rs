//! A real server, SOGo: what it says, and that all of it is read as it is meant.

mod asking;
mod client;
mod entries;
mod fetching;
mod folders;
mod mail;
mod restart;
mod waiting;

use client::{Client, Folder};
use pushmail_eas::command::folder_sync::FolderKind;
use pushmail_testkit::Sogo;

/// A client of the shared server, as a user that no other test is and whose mailbox is primed; `None` if there is to be no
/// such server.
fn client(user: u8) -> Option<(&'static Sogo, Client)> {
    let sogo = Sogo::shared()?;
    let client = Client::new(sogo, user);
    sogo.prime(client.user());
    Some((sogo, client))
}

/// A client that knows its folders, and the first folder of each of these kinds, synchronised.
fn at_rest<const N: usize>(
    user: u8,
    kinds: [FolderKind; N],
) -> Option<(&'static Sogo, Client, [Folder; N])> {
    let (sogo, mut client) = client(user)?;
    let folders = client.baseline(kinds);
    Some((sogo, client, folders))
}
