//! The names of streams and subjects. Every id is a token of fixed length, free of dots.

use pushmail_domain::{AccountId, Event, Shard, StreamId, TenantId};

/// What all streams republish from and to.
pub(crate) const REPUBLISH: (&str, &str) = ("ev.>", "live.>");

/// The stream's name.
pub(crate) fn stream(stream: StreamId) -> String {
    format!("EVENTS_{}", stream.number())
}

/// Everything that the stream takes.
pub(crate) fn all_of(stream: StreamId) -> Vec<String> {
    let fences = format!("fence.{}.>", stream.number());
    vec![events_of(stream), fences, sync(stream)]
}

/// All events of the stream.
pub(crate) fn events_of(stream: StreamId) -> String {
    format!("ev.{}.>", stream.number())
}

/// Where the event is published.
pub(crate) fn event(event: &Event) -> String {
    account(event.tenant, event.account)
}

/// All events of the account.
pub(crate) fn account(tenant: TenantId, account: AccountId) -> String {
    format!("ev.{}.{tenant}.{account}", place(Shard::of(account)))
}

/// All events of the shard.
pub(crate) fn shard(shard: Shard) -> String {
    format!("ev.{}.>", place(shard))
}

/// All events of the tenant in the stream.
pub(crate) fn tenant(tenant: TenantId, stream: StreamId) -> String {
    format!("ev.{}.*.{tenant}.>", stream.number())
}

/// The shard's fence in the generation.
pub(crate) fn fence(shard: Shard, generation: u32) -> String {
    format!("fence.{}.{generation}", place(shard))
}

/// The shard's fences of all generations.
pub(crate) fn fences(shard: Shard) -> String {
    fence_of(place(shard), "*")
}

/// All shards' fences of the generation.
pub(crate) fn fences_of(stream: StreamId, generation: u32) -> String {
    fence_of(format!("{}.*", stream.number()), &generation.to_string())
}

/// All fences of the stream.
pub(crate) fn all_fences(stream: StreamId) -> String {
    format!("fence.{}.>", stream.number())
}

fn fence_of(place: String, generation: &str) -> String {
    format!("fence.{place}.{generation}")
}

/// Where the shard's events come live.
pub(crate) fn live_of_shard(shard: Shard) -> String {
    format!("live.{}.>", place(shard))
}

/// Where the tenant's events come live, of all streams.
pub(crate) fn live_of_tenant(tenant: TenantId) -> String {
    format!("live.*.*.{tenant}.>")
}

/// Where nothing is ever stored: the stream's leader answers what is published here by a refusal, so
/// that a client learns what had reached the leader before.
pub(crate) fn sync(stream: StreamId) -> String {
    format!("sync.{}", stream.number())
}

/// The shard of an event or a fence.
pub(crate) fn shard_of(subject: &str) -> Option<Shard> {
    let mut tokens = subject.split('.');
    let kind = tokens.next()?;
    let number = tokens.nth(1)?.parse().ok()?;
    ["ev", "fence"]
        .contains(&kind)
        .then(|| Shard::new(number))?
}

/// The generation of a fence.
pub(crate) fn generation_of(fence: &str) -> Option<u32> {
    fence
        .strip_prefix("fence.")?
        .split('.')
        .nth(2)?
        .parse()
        .ok()
}

/// The stream with this name.
pub(crate) fn stream_of(name: &str) -> Option<StreamId> {
    let number = name.strip_prefix("EVENTS_")?.parse::<u8>().ok()?;
    (number < StreamId::COUNT).then(|| StreamId::new(number))
}

fn place(shard: Shard) -> String {
    format!("{}.{:04}", shard.stream().number(), shard.number())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_s_subject_names_its_shard_and_its_owner() {
        let subject = account(
            TenantId::from_bytes([1; 16]),
            AccountId::from_bytes([0; 16]),
        );
        assert_eq!(
            subject,
            "ev.3.0884.ten_01040g2081040g2081040g2081.acc_00000000000000000000000000"
        );
        assert_eq!(shard_of(&subject), Shard::new(0x374));
    }

    #[test]
    fn a_fence_s_subject_names_its_shard_and_generation() {
        for shard in Shard::all() {
            let subject = fence(shard, 7);
            assert_eq!(shard_of(&subject), Some(shard));
            assert_eq!(generation_of(&subject), Some(7));
        }
    }

    #[test]
    fn a_strange_subject_names_nothing() {
        for strange in [
            "",
            "ev",
            "ev.1",
            "ev.1.x.y",
            "ev.1.9999.a",
            "sync.1",
            "live.1.0256.a",
        ] {
            assert_eq!(shard_of(strange), None, "{strange}");
            assert_eq!(generation_of(strange), None, "{strange}");
        }
    }
}
