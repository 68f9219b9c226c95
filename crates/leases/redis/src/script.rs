//! The scripts, their arguments and what they return.

use crate::config::{Config, ConfigError};
use crate::record;
use crate::trouble::Trouble;
use pushmail_domain::{Shard, WorkerId};
use pushmail_leases::{Beat, Beaten, Seen, Version, View};
use redis::{Script, ScriptInvocation};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// A flat list of pairs. Durations are milliseconds.
type Pairs<Right> = Vec<(String, Right)>;
/// Incarnation, change, whole, next expiry, settling, heartbeats, records, owners.
pub(crate) type BeatReply = (
    u64,
    u64,
    bool,
    i64,
    u64,
    Option<Pairs<u64>>,
    Option<Pairs<String>>,
    Pairs<String>,
);
/// Incarnation, change, settling, heartbeats, records, owners.
pub(crate) type ViewReply = (u64, u64, u64, Pairs<u64>, Pairs<String>, Pairs<String>);

/// The scripts with what is the same at every call.
pub(crate) struct Scripts {
    beat: Script,
    leave: Script,
    view: Script,
    keys: [String; 5],
    channel: String,
    ttl: u64,
    settle: u64,
}

impl Scripts {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let tag = config.tag()?;
        let keys = ["table", "beats", "members", "owners", "changes"];
        Ok(Self {
            beat: Script::new(concat!(include_str!("table.lua"), include_str!("beat.lua"))),
            leave: Script::new(concat!(
                include_str!("table.lua"),
                include_str!("leave.lua")
            )),
            view: Script::new(concat!(include_str!("table.lua"), include_str!("view.lua"))),
            keys: keys.map(|key| format!("{tag}:{key}")),
            channel: format!("{tag}:wake"),
            ttl: millis(config.ttl),
            settle: millis(config.settle),
        })
    }

    pub(crate) fn beat(&self, beat: &Beat<'_>) -> Result<ScriptInvocation<'_>, Trouble> {
        let mut script = self.invocation(&self.beat);
        script
            .arg(self.settle)
            .arg(beat.member.worker.to_string())
            .arg(record::encode(beat.member)?)
            .arg(beat.known.incarnation)
            .arg(beat.known.change);
        for shards in [beat.held, beat.claims] {
            script.arg(shards.len());
            for shard in shards {
                script.arg(shard.number());
            }
        }
        script.arg(beat.releases.len());
        for release in beat.releases {
            let successor = release.successor.map(|worker| worker.to_string());
            script.arg(release.shard.number());
            script.arg(successor.unwrap_or_default());
        }
        Ok(script)
    }

    pub(crate) fn leave(&self, worker: WorkerId) -> ScriptInvocation<'_> {
        let mut script = self.invocation(&self.leave);
        script.arg(worker.to_string());
        script
    }

    pub(crate) fn view(&self) -> ScriptInvocation<'_> {
        self.invocation(&self.view)
    }

    /// The channels that wake this worker: its own; and everybody's, on which it is told who freed
    /// shards.
    pub(crate) fn channels(&self, worker: WorkerId) -> [String; 2] {
        [format!("{}:{worker}", self.channel), self.channel.clone()]
    }

    fn invocation<'a>(&self, script: &'a Script) -> ScriptInvocation<'a> {
        let mut invocation = script.prepare_invoke();
        for key in &self.keys {
            invocation.key(key);
        }
        invocation.arg(self.ttl).arg(&self.channel);
        invocation
    }
}

/// Reads the answer to a beat.
pub(crate) fn beaten(reply: BeatReply) -> Result<Beaten, Trouble> {
    let (incarnation, change, whole, next_expiry, settling, heartbeats, records, told) = reply;
    let members = heartbeats.zip(records);
    let members = members.map(|(heartbeats, records)| seen(heartbeats, records));
    // A shard may be told twice: as held, and as changed.
    let mut owners = BTreeMap::new();
    for (number, owner) in &told {
        let worker = match owner.as_str() {
            "" => None,
            id => Some(record::worker(id)?),
        };
        owners.insert(shard(number)?, worker);
    }
    Ok(Beaten {
        version: Version {
            incarnation,
            change,
        },
        whole,
        members: members.transpose()?,
        owners: owners.into_iter().collect(),
        next_expiry: u64::try_from(next_expiry).ok().map(Duration::from_millis),
        settling: Duration::from_millis(settling),
    })
}

/// Reads the view.
pub(crate) fn view(reply: ViewReply) -> Result<View, Trouble> {
    let (incarnation, change, settling, heartbeats, records, owners) = reply;
    let owners = owners.iter().map(|(number, owner)| {
        let pair = (shard(number)?, record::worker(owner)?);
        Ok::<_, Trouble>(pair)
    });
    let owners: BTreeMap<Shard, WorkerId> = owners.collect::<Result<_, _>>()?;
    Ok(View {
        version: Version {
            incarnation,
            change,
        },
        members: seen(heartbeats, records)?,
        owners: owners.into_iter().collect(),
        settling: Duration::from_millis(settling),
    })
}

fn seen(heartbeats: Pairs<u64>, records: Pairs<String>) -> Result<Vec<Seen>, Trouble> {
    let mut records: HashMap<String, String> = records.into_iter().collect();
    let seen = heartbeats.into_iter().map(|(id, lasts)| {
        let record = records.remove(&id).unwrap_or_default();
        Ok::<_, Trouble>(Seen {
            member: record::decode(&id, &record)?,
            expires_in: Duration::from_millis(lasts),
        })
    });
    let mut seen: Vec<Seen> = seen.collect::<Result<_, _>>()?;
    seen.sort_by_key(|seen| seen.member.worker);
    Ok(seen)
}

fn shard(number: &str) -> Result<Shard, Trouble> {
    let shard = number.parse().ok().and_then(Shard::new);
    shard.ok_or_else(|| Trouble::Foreign {
        what: "the shard",
        key: number.to_owned(),
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
