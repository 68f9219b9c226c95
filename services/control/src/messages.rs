//! The Messages service.

use crate::caller::Caller;
use crate::fetching::{Fetching, Item};
use crate::reply;
use crate::state::State;
use crate::validate;
use pushmail_domain::Folder;
use pushmail_mailbox::{Item as Named, Wanted};
use pushmail_proto::v1 as pb;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

/// How many chunks wait for a slow reader: one is sent while the next is read.
const WAITING: usize = 2;

#[tonic::async_trait]
impl pb::messages_server::Messages for State {
    type FetchStream = ReceiverStream<Item>;

    async fn fetch(
        &self,
        request: Request<pb::FetchRequest>,
    ) -> Result<Response<Self::FetchStream>, Status> {
        self.answer(fetch(self, request).await)
    }
}

/// The message's name at a server of Exchange ActiveSync, if the folder is at one.
fn named(folder: &Folder, server_id: String) -> Result<Option<Named>, Status> {
    match (&folder.collection, server_id.is_empty()) {
        (None, true) => Ok(None),
        (Some(collection), false) => Ok(Some(Named {
            collection: collection.server_id.clone(),
            server_id,
        })),
        (None, false) => Err(reply::wrong_name("uid")),
        (Some(_), true) => Err(reply::wrong_name("server_id")),
    }
}

/// Opens the part before it answers, so that most failures are the call's own; the rest comes as it is
/// read.
async fn fetch(
    state: &State,
    request: Request<pb::FetchRequest>,
) -> Result<ReceiverStream<Item>, Status> {
    let caller = Caller::of(state, request.metadata()).await?;
    let fetch = validate::message::fetch(request.into_inner(), caller.tenant())?;
    let account = caller.account(state, fetch.tenant, fetch.account).await?;
    let mut folders = account.folders.iter();
    let folder = folders
        .find(|folder| folder.id == fetch.folder)
        .ok_or_else(|| reply::no_folder(account.id, fetch.folder))?;
    let slot = state.fetches.enter(fetch.tenant, account.id)?;
    let wanted = Wanted {
        folder: folder.name.clone(),
        uid_validity: fetch.uid_validity,
        uid: fetch.uid,
        item: named(folder, fetch.server_id)?,
        part: fetch.part,
        offset: fetch.offset,
    };
    let deadline = Instant::now() + state.messages.deadline;
    let mut fetching = Fetching::new(state, account.id, deadline);
    let reading = fetching
        .within(state.deps.mailbox.open(&account, &wanted))
        .await?;
    let (to, items) = mpsc::channel(WAITING);
    let limit = fetch.limit.min(state.messages.bytes_per_call);
    let draining = state.deps.lifecycle.draining();
    // The task ends by itself: with the part, its reader, the deadline, or at the drain.
    drop(state.deps.lifecycle.spawn("fetch", async move {
        let drained = draining.cancelled_owned();
        fetching
            .run(reading, fetch.offset, limit, to, drained)
            .await;
        drop(slot);
    }));
    Ok(ReceiverStream::new(items))
}
