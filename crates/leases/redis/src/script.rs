//! The scripts, their arguments and what they return.

use crate::config::Config;
use crate::record;
use crate::trouble::Trouble;
use pushmail_domain::{Shard, WorkerId};
use pushmail_leases::{Beat, Beaten, Member, Seen, Version, View};
use pushmail_redis_link::ConfigError;
use redis::{Script, ScriptInvocation};
use std::collections::BTreeMap;
use std::time::Duration;

/// A flat list of pairs. Durations are milliseconds.
type Pairs<Right> = Vec<(String, Right)>;
/// Incarnation, change, whole, next expiry, settling, snapshot, entries, drain.
pub(crate) type BeatReply = (u64, u64, bool, i64, u64, String, Pairs<String>, bool);
/// Incarnation, change, settling, heartbeats, entries.
pub(crate) type ViewReply = (u64, u64, u64, Pairs<u64>, Pairs<String>);

/// The scripts with what is the same at every call.
pub(crate) struct Scripts {
    beat: Script,
    leave: Script,
    drain: Script,
    view: Script,
    keys: [String; 6],
    channel: String,
    ttl: u64,
    settle: u64,
}

impl Scripts {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let tag = config.tag()?;
        let keys = ["state", "beats", "entries", "changes", "gone", "snapshot"];
        Ok(Self {
            beat: Script::new(concat!(include_str!("table.lua"), include_str!("beat.lua"))),
            leave: Script::new(concat!(
                include_str!("table.lua"),
                include_str!("leave.lua")
            )),
            drain: Script::new(concat!(
                include_str!("table.lua"),
                include_str!("drain.lua")
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

    pub(crate) fn drain(&self, worker: WorkerId) -> ScriptInvocation<'_> {
        let mut script = self.invocation(&self.drain);
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
    let (incarnation, change, whole, next_expiry, settling, snapshot, told, drain) = reply;
    let mut entries = Entries::default();
    let mut lines = snapshot.lines();
    while let (Some(key), Some(value)) = (lines.next(), lines.next()) {
        entries.take_in(key, value)?;
    }
    for (key, value) in &told {
        entries.take_in(key, value)?;
    }
    if whole {
        entries.members.retain(|_, member| member.is_some());
        entries.owners.retain(|_, owner| owner.is_some());
    }
    Ok(Beaten {
        version: Version {
            incarnation,
            change,
        },
        whole,
        members: entries.members.into_iter().collect(),
        owners: entries.owners.into_iter().collect(),
        next_expiry: u64::try_from(next_expiry).ok().map(Duration::from_millis),
        settling: Duration::from_millis(settling),
        drain,
    })
}

/// Reads the view.
pub(crate) fn view(reply: ViewReply) -> Result<View, Trouble> {
    let (incarnation, change, settling, heartbeats, told) = reply;
    let mut entries = Entries::default();
    for (key, value) in &told {
        entries.take_in(key, value)?;
    }
    let mut lasts = BTreeMap::new();
    for (id, millis) in &heartbeats {
        lasts.insert(record::worker(id)?, Duration::from_millis(*millis));
    }
    let owners = entries.owners.into_iter();
    let members = entries.members.into_values().flatten();
    let members = members.map(|member| Seen {
        expires_in: lasts.get(&member.worker).copied().unwrap_or_default(),
        member,
    });
    Ok(View {
        version: Version {
            incarnation,
            change,
        },
        members: members.collect(),
        owners: owners
            .filter_map(|(shard, to)| Some((shard, to?)))
            .collect(),
        settling: Duration::from_millis(settling),
    })
}

/// What the table lists, or what changed in it.
#[derive(Default)]
struct Entries {
    members: BTreeMap<WorkerId, Option<Member>>,
    owners: BTreeMap<Shard, Option<WorkerId>>,
}

impl Entries {
    /// A worker's record, or a shard's owner; an empty value says that there is none. The last of
    /// several counts.
    fn take_in(&mut self, key: &str, value: &str) -> Result<(), Trouble> {
        let value = Some(value).filter(|value| !value.is_empty());
        if key.starts_with(WorkerId::PREFIX) {
            let member = value.map(|value| record::decode(key, value));
            self.members
                .insert(record::worker(key)?, member.transpose()?);
        } else {
            let owner = value.map(record::worker);
            self.owners.insert(shard(key)?, owner.transpose()?);
        }
        Ok(())
    }
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
