//! `pushmail ctl fetch`

mod sink;

use super::session::{Session, refused};
use anyhow::{Context as _, bail};
use clap::Args;
use pushmail_proto::v1::fetch_request::{Headers, Part, Raw, Text};
use pushmail_proto::v1::fetch_response::{About, End, Item};
use pushmail_proto::v1::{Account, FetchRequest, FetchResponse, GetAccountRequest};
use sink::Sink;
use std::path::PathBuf;

/// Reads a message, or a part of it, at its mail server, and changes nothing there.
#[derive(Debug, Args)]
#[command(
    after_help = "Example, with what `pushmail ctl tail` or `pushmail listen` printed of a mail:
  pushmail ctl fetch ten_… acc_… INBOX 4711
  pushmail ctl fetch ten_… acc_… fld_… 4711 --uid-validity 1700000000 --part 2 --out picture.png"
)]
pub(crate) struct FetchArgs {
    /// The tenant's id.
    tenant: String,
    /// The account's id.
    account: String,
    /// The folder's id, as events give it, or its name.
    folder: String,
    /// The message's UID; with Exchange ActiveSync, its `server_id`.
    message: String,
    #[command(flatten)]
    part: PartArgs,
    /// The folder's UIDVALIDITY, as the event gives it: fails if the server has numbered its messages anew.
    #[arg(long, value_name = "N", default_value_t = 0)]
    uid_validity: u32,
    /// Leave out this many bytes of the part.
    #[arg(long, value_name = "BYTES", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    offset: i64,
    /// Read at most this many bytes; without it, all.
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(i64).range(1..))]
    limit: Option<i64>,
    /// Write to this file, which is there only once it is complete.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Which part; without any, the text that people read.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct PartArgs {
    /// The header.
    #[arg(long)]
    headers: bool,
    /// The text that people read: plain text, or HTML reduced to its text. The default.
    #[arg(long)]
    text: bool,
    /// One MIME part by its number, such as 2 or 1.2, decoded.
    #[arg(long, value_name = "NUMBER")]
    part: Option<String>,
    /// The whole message as it is.
    #[arg(long)]
    raw: bool,
}

impl PartArgs {
    fn part(&self) -> Part {
        match &self.part {
            Some(section) => Part::Section(section.clone()),
            None if self.headers => Part::Headers(Headers {}),
            None if self.raw => Part::Raw(Raw {}),
            None => Part::Text(Text {}),
        }
    }
}

pub(crate) async fn run(session: &Session, args: FetchArgs) -> anyhow::Result<()> {
    let folder_id = folder_id(session, &args).await?;
    let mut request = FetchRequest {
        part: Some(args.part.part()),
        tenant: args.tenant,
        account: args.account,
        folder_id,
        uid_validity: args.uid_validity,
        uid: 0,
        server_id: String::new(),
        offset: args.offset,
        limit: 0,
    };
    match account_names_by(session, &request).await? {
        Name::Uid => {
            let uid = args.message.parse().ok().filter(|uid| *uid > 0);
            request.uid = uid.context("the UID must be a number from 1 to 4294967295")?;
        }
        Name::ServerId => request.server_id = args.message,
    }
    let mut sink = Sink::open(args.out, session.json)?;
    let mut left = args.limit.unwrap_or(i64::MAX);
    loop {
        request.limit = left;
        let (about, end) = call(session, request.clone(), &mut sink).await?;
        left -= end.next_offset - request.offset;
        let stuck = end.next_offset == request.offset;
        if !end.more || left <= 0 {
            return sink.finish(&about, &end);
        }
        if stuck {
            bail!("the gateway says that more follows, but gives nothing: report this");
        }
        // The same message in every call.
        request.uid_validity = about.uid_validity;
        request.offset = end.next_offset;
    }
}

/// One call, which gives as much as the gateway does at once.
async fn call(
    session: &Session,
    request: FetchRequest,
    sink: &mut Sink,
) -> anyhow::Result<(About, End)> {
    let answer = session.messages().fetch(request).await.map_err(refused)?;
    let mut stream = answer.into_inner();
    let mut known = None;
    while let Some(FetchResponse { item }) = stream.message().await.map_err(refused)? {
        match item {
            Some(Item::About(about)) => {
                sink.expect(about.size);
                known = Some(about);
            }
            Some(Item::Chunk(bytes)) => sink.write(&bytes)?,
            Some(Item::End(end)) => {
                let about = known.context("the gateway's answer has no beginning")?;
                return Ok((about, end));
            }
            None => {}
        }
    }
    bail!("the gateway's answer was cut off: fetch again")
}

/// How an account's server names messages.
enum Name {
    Uid,
    ServerId,
}

async fn account_names_by(session: &Session, request: &FetchRequest) -> anyhow::Result<Name> {
    let asked = GetAccountRequest {
        tenant: request.tenant.clone(),
        account: request.account.clone(),
    };
    let found = session.accounts().get_account(asked).await;
    let account = found.map_err(refused)?.into_inner().account;
    Ok(match account.unwrap_or_default().eas {
        Some(_) => Name::ServerId,
        None => Name::Uid,
    })
}

/// The folder's id; a name is looked up in the account.
async fn folder_id(session: &Session, args: &FetchArgs) -> anyhow::Result<String> {
    if args.folder.starts_with("fld_") {
        return Ok(args.folder.clone());
    }
    let request = GetAccountRequest {
        tenant: args.tenant.clone(),
        account: args.account.clone(),
    };
    let account = session.accounts().get_account(request).await;
    let account = account.map_err(refused)?.into_inner().account;
    let Account { id, folders, .. } = account.unwrap_or_default();
    let is_it = |name: &str| {
        let inbox = [name, &args.folder].map(|name| name.eq_ignore_ascii_case("INBOX"));
        name == args.folder || inbox == [true, true]
    };
    let names: Vec<&str> = folders.iter().map(|folder| folder.name.as_str()).collect();
    let found = folders.iter().find(|folder| is_it(&folder.name));
    found.map(|folder| folder.id.clone()).with_context(|| {
        format!(
            "account {id} watches no folder {:?}; it watches: {}",
            args.folder,
            match names.as_slice() {
                [] => "none that was found yet; wait until it is live".to_owned(),
                names => names.join(", "),
            }
        )
    })
}
