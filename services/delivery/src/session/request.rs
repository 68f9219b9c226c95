//! What a device sends, validated.

use crate::invalid::field;
use pushmail_domain::AccountId;
use pushmail_proto::v1::{self, EventType, connect_request::Frame};
use std::collections::BTreeSet;
use tonic::Status;

/// The longest payload of a Ping, in bytes.
const MAX_PAYLOAD: usize = 64;
/// The most types of a filter.
const MAX_TYPES: usize = 16;
/// The most accounts of a device, and so of a Hello and of a filter.
pub(crate) const MAX_ACCOUNTS: usize = 64;
/// The longest resume token that is looked at, of any version.
const MAX_TOKEN: usize = 256;

/// A valid frame from a device.
#[derive(Debug)]
pub(crate) enum Request {
    /// Opens the session, with the device's resume tokens, not verified.
    Hello(Vec<Vec<u8>>),
    /// The resume token of an event that is safe, not verified.
    Ack(Vec<u8>),
    /// Asks for a Pong with this payload.
    Ping(Vec<u8>),
    /// Narrows what is sent.
    SetFilter(Filter),
}

/// Which events a device wants. Empty sets mean all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    types: BTreeSet<EventType>,
    accounts: BTreeSet<AccountId>,
}

impl Filter {
    /// Only these accounts.
    #[cfg(test)]
    pub(crate) fn of_accounts(accounts: BTreeSet<AccountId>) -> Self {
        Self {
            accounts,
            ..Self::default()
        }
    }

    /// Whether an event of this type and account is wanted.
    pub(crate) fn wants(&self, kind: EventType, account: AccountId) -> bool {
        (self.types.is_empty() || self.types.contains(&kind))
            && (self.accounts.is_empty() || self.accounts.contains(&account))
    }

    /// Refuses accounts that are not the device's own.
    pub(crate) fn only_of(&self, own: impl Fn(AccountId) -> bool) -> Result<(), Status> {
        if self.accounts.iter().all(|account| own(*account)) {
            return Ok(());
        }
        Err(field(
            "frame.set_filter.accounts",
            "must be accounts of this device",
        ))
    }
}

impl Request {
    /// Checks a frame.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` that names the field at fault.
    pub(crate) fn check(request: v1::ConnectRequest) -> Result<Self, Status> {
        match request.frame {
            Some(Frame::Hello(hello)) => tokens(hello).map(Self::Hello),
            Some(Frame::Ack(ack)) => {
                token("frame.ack.resume", &ack.resume)?;
                Ok(Self::Ack(ack.resume))
            }
            Some(Frame::Ping(ping)) if ping.payload.len() > MAX_PAYLOAD => {
                Err(field("frame.ping.payload", "must have at most 64 bytes"))
            }
            Some(Frame::Ping(ping)) => Ok(Self::Ping(ping.payload)),
            Some(Frame::SetFilter(filter)) => self::filter(filter).map(Self::SetFilter),
            None => Err(field(
                "frame",
                "must be one of hello, ack, ping and set_filter",
            )),
        }
    }
}

fn tokens(hello: v1::Hello) -> Result<Vec<Vec<u8>>, Status> {
    if hello.resume.len() > MAX_ACCOUNTS {
        return Err(field("frame.hello.resume", "must have at most 64 tokens"));
    }
    for (at, bytes) in hello.resume.iter().enumerate() {
        token(&format!("frame.hello.resume[{at}]"), bytes)?;
    }
    Ok(hello.resume)
}

fn token(name: &str, bytes: &[u8]) -> Result<(), Status> {
    if (1..=MAX_TOKEN).contains(&bytes.len()) {
        return Ok(());
    }
    Err(field(name, "must be a resume token, 1 to 256 bytes"))
}

fn filter(filter: v1::SetFilter) -> Result<Filter, Status> {
    if filter.types.len() > MAX_TYPES {
        return Err(field(
            "frame.set_filter.types",
            "must have at most 16 types",
        ));
    }
    if filter.accounts.len() > MAX_ACCOUNTS {
        return Err(field(
            "frame.set_filter.accounts",
            "must have at most 64 accounts",
        ));
    }
    let types = filter.types.iter().enumerate().map(|(at, kind)| {
        let known = EventType::try_from(*kind).ok();
        let known = known.filter(|kind| *kind != EventType::Unspecified);
        let name = || format!("frame.set_filter.types[{at}]");
        known.ok_or_else(|| field(name(), "must be a known event type"))
    });
    let accounts = filter.accounts.iter().enumerate().map(|(at, id)| {
        let name = || format!("frame.set_filter.accounts[{at}]");
        id.parse::<AccountId>()
            .map_err(|error| field(name(), &error.to_string()))
    });
    Ok(Filter {
        types: types.collect::<Result<_, _>>()?,
        accounts: accounts.collect::<Result<_, _>>()?,
    })
}
