//! What a subscriber sends, as values that can only be valid.

use super::delivery_id::DeliveryId;
use super::window::Limits;
use crate::validate::Checks;
use pushmail_domain::{AccountId, EventKind, TenantId};
use pushmail_proto::v1::subscribe_request::{Ack, Frame, Open, Start};
use pushmail_proto::{convert, v1 as pb};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;
use tonic::Status;

/// How many accounts a filter names at most.
const MAX_ACCOUNTS: usize = 100;
/// How many ids one acknowledgement names at most.
const MAX_IDS: usize = 1000;
const UNACKED: RangeInclusive<i32> = 1..=1000;
const DEFAULT_UNACKED: usize = 100;
const DEADLINE: RangeInclusive<Duration> = Duration::from_secs(5)..=Duration::from_secs(600);
const DEFAULT_DEADLINE: Duration = Duration::from_secs(30);

/// Which events are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Empty: of all accounts.
    pub(crate) accounts: BTreeSet<AccountId>,
    /// Empty: of all types.
    types: Vec<pb::EventType>,
}

/// A valid `Open`.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) tenant: TenantId,
    pub(crate) name: String,
    pub(crate) filter: Filter,
    pub(crate) limits: Limits,
    /// Whether a new subscription begins with the oldest event.
    pub(crate) earliest: bool,
}

/// A valid `Ack`.
#[derive(Debug, Default)]
pub(crate) struct Acked {
    pub(crate) ids: Vec<DeliveryId>,
    pub(crate) through: Option<DeliveryId>,
}

impl Filter {
    pub(crate) fn wants(&self, account: AccountId, kind: &EventKind) -> bool {
        kind.is_delivered()
            && (self.accounts.is_empty() || self.accounts.contains(&account))
            && (self.types.is_empty() || self.types.contains(&convert::event_type(kind)))
    }
}

/// Checks the first frame, which must be `open`.
pub(crate) fn open(request: pb::SubscribeRequest) -> Result<Wanted, Status> {
    let mut checks = Checks::default();
    let Some(Frame::Open(open)) = request.frame else {
        checks.note("frame", "must be open in the first frame");
        return Err(checks.refused());
    };
    let tenant = checks.id("open.tenant", &open.tenant);
    let name = name(&mut checks, "open.subscription", &open.subscription);
    let accounts = accounts(&mut checks, &open.accounts);
    let types = types(&mut checks, &open);
    let unacked = unacked(&mut checks, open.max_unacked);
    let deadline = deadline(&mut checks, open.ack_deadline.as_ref());
    let earliest = start(&mut checks, open.start);
    let (Some(tenant), Some(name), Some(accounts), Some(types)) = (tenant, name, accounts, types)
    else {
        return Err(checks.refused());
    };
    let (Some(unacked), Some(deadline), Some(earliest)) = (unacked, deadline, earliest) else {
        return Err(checks.refused());
    };
    Ok(Wanted {
        tenant,
        name,
        filter: Filter { accounts, types },
        limits: Limits { unacked, deadline },
        earliest,
    })
}

/// Checks a later frame, which must be `ack`.
pub(crate) fn ack(request: pb::SubscribeRequest) -> Result<Acked, Status> {
    let mut checks = Checks::default();
    let Some(Frame::Ack(ack)) = request.frame else {
        checks.note("frame", "must be ack after the first frame");
        return Err(checks.refused());
    };
    let Ack { ids, through } = ack;
    if ids.len() > MAX_IDS {
        checks.note("ack.ids", "must be at most 1000: send several acks");
        return Err(checks.refused());
    }
    let mut acked = Acked::default();
    for (at, id) in ids.iter().enumerate() {
        acked
            .ids
            .extend(delivery(&mut checks, &format!("ack.ids[{at}]"), id));
    }
    if !through.is_empty() {
        acked.through = delivery(&mut checks, "ack.through", &through);
    }
    if checks.passed() {
        Ok(acked)
    } else {
        Err(checks.refused())
    }
}

/// The answer if a filter's account, at this place, is not the tenant's.
pub(crate) fn stranger(tenant: TenantId, place: usize) -> Status {
    let mut checks = Checks::default();
    let rule = format!("is no account of tenant {tenant}: list the tenant's accounts");
    checks.note(&format!("open.accounts[{place}]"), rule);
    checks.refused()
}

/// A subscription's name.
pub(crate) fn name(checks: &mut Checks, field: &str, name: &str) -> Option<String> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if (1..=64).contains(&name.len()) && name.bytes().all(good) {
        return Some(name.to_owned());
    }
    checks.note(field, "must have 1 to 64 characters of a-z, 0-9 and -");
    None
}

fn delivery(checks: &mut Checks, field: &str, id: &str) -> Option<DeliveryId> {
    let parsed = DeliveryId::parse(id);
    if parsed.is_none() {
        checks.note(field, "is no id of a delivery: give back one unchanged");
    }
    parsed
}

fn accounts(checks: &mut Checks, ids: &[String]) -> Option<BTreeSet<AccountId>> {
    if ids.len() > MAX_ACCOUNTS {
        checks.note("open.accounts", "must be at most 100 account ids");
        return None;
    }
    let read = ids.iter().enumerate();
    let read = read.map(|(at, id)| checks.id(&format!("open.accounts[{at}]"), id));
    // Every one is checked, so that all that are wrong are told.
    read.collect::<Vec<_>>().into_iter().collect()
}

fn types(checks: &mut Checks, open: &Open) -> Option<Vec<pb::EventType>> {
    let mut types = Vec::new();
    for (at, number) in open.types.iter().enumerate() {
        match pb::EventType::try_from(*number) {
            Ok(known) if known != pb::EventType::Unspecified => {
                if !types.contains(&known) {
                    types.push(known);
                }
            }
            _ => {
                checks.note(&format!("open.types[{at}]"), "is no type of events");
                return None;
            }
        }
    }
    Some(types)
}

fn unacked(checks: &mut Checks, wanted: i32) -> Option<usize> {
    match wanted {
        0 => Some(DEFAULT_UNACKED),
        number if UNACKED.contains(&number) => usize::try_from(number).ok(),
        _ => {
            checks.note("open.max_unacked", "must be 1 to 1000, or 0 for 100");
            None
        }
    }
}

fn deadline(checks: &mut Checks, wanted: Option<&prost_types::Duration>) -> Option<Duration> {
    let Some(wanted) = wanted else {
        return Some(DEFAULT_DEADLINE);
    };
    let deadline = Duration::try_from(*wanted).ok();
    let deadline = deadline.filter(|deadline| DEADLINE.contains(deadline));
    if deadline.is_none() {
        let rule = "must be 5 seconds to 10 minutes, or absent for 30 seconds";
        checks.note("open.ack_deadline", rule);
    }
    deadline
}

fn start(checks: &mut Checks, wanted: i32) -> Option<bool> {
    match Start::try_from(wanted) {
        Ok(Start::Unspecified | Start::New) => Some(false),
        Ok(Start::Earliest) => Some(true),
        Err(_) => {
            checks.note("open.start", "must be START_NEW or START_EARLIEST");
            None
        }
    }
}
