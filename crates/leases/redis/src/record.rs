//! A member as it is stored: JSON that people can read.

use crate::trouble::Trouble;
use pushmail_domain::{Timestamp, WorkerId};
use pushmail_leases::Member;
use serde::{Deserialize, Serialize};

/// What is stored under the worker's id. Fields that a later version adds are ignored.
#[derive(Serialize, Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    name: std::borrow::Cow<'a, str>,
    capacity: u32,
    draining: bool,
    /// Microseconds since 1970.
    started_at: Timestamp,
}

/// The stored form.
pub(crate) fn encode(member: &Member) -> Result<String, Trouble> {
    let record = Record {
        name: member.name.as_str().into(),
        capacity: member.capacity,
        draining: member.draining,
        started_at: member.started_at,
    };
    serde_json::to_string(&record).map_err(|_| foreign(&member.worker.to_string()))
}

/// The member of this id.
pub(crate) fn decode(id: &str, text: &str) -> Result<Member, Trouble> {
    let record: Record<'_> = serde_json::from_str(text).map_err(|_| foreign(id))?;
    Ok(Member {
        worker: worker(id)?,
        name: record.name.into_owned(),
        capacity: record.capacity,
        draining: record.draining,
        started_at: record.started_at,
    })
}

/// The worker of this id.
pub(crate) fn worker(id: &str) -> Result<WorkerId, Trouble> {
    id.parse().map_err(|_| foreign(id))
}

fn foreign(id: &str) -> Trouble {
    Trouble::Foreign {
        what: "the member",
        key: id.to_owned(),
    }
}
