//! Tokens: never more than there are, whoever takes them.

use super::{Fixture, Process, processes};
use crate::{Ask, Bucket, Grant, Rate};
use futures::future::join_all;
use pushmail_domain::TenantId;
use std::time::Duration;

/// Nothing comes back during a test.
const SLOW: Rate = Rate {
    burst: 5,
    every: Duration::from_secs(3600),
};
/// One comes back in a time that can be waited for.
const QUICK: Rate = Rate {
    burst: 5,
    every: Duration::from_millis(200),
};

fn provider(name: &str) -> Bucket {
    Bucket::Provider {
        provider: name.to_owned(),
        egress: None,
    }
}

async fn grant(process: &Process, ask: Ask<'_>) -> Grant {
    process.pacer.take(&[ask]).await.unwrap()[0]
}

/// How many of so many were granted.
async fn take(process: &Process, bucket: &Bucket, rate: Rate, tokens: u32) -> u32 {
    let unused = 0;
    let ask = Ask {
        bucket,
        rate,
        tokens,
        unused,
    };
    grant(process, ask).await.tokens
}

/// A full bucket gives all it has at once, and then says how long to wait.
pub async fn a_bucket_gives_its_burst_and_says_when_more_comes(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    let bucket = provider("a");
    let ask = |tokens| Ask {
        bucket: &bucket,
        rate: SLOW,
        tokens,
        unused: 0,
    };
    let first = grant(&one, ask(3)).await;
    assert_eq!((first.tokens, first.again_in), (3, Duration::ZERO));
    let rest = grant(&one, ask(3)).await;
    assert_eq!(rest.tokens, 2);
    assert!(rest.again_in <= SLOW.every, "{rest:?}");
    assert!(rest.again_in > SLOW.every - Duration::from_secs(60));
    let none = grant(&one, ask(1)).await;
    assert_eq!(none.tokens, 0);
    assert!(none.again_in <= rest.again_in, "{none:?}");
}

/// One comes each time the rate says.
pub async fn tokens_come_back_with_time(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    let bucket = provider("a");
    let began = fixture.elapsed();
    assert_eq!(take(&one, &bucket, QUICK, 5).await, 5);
    let ask = Ask {
        bucket: &bucket,
        rate: QUICK,
        tokens: 1,
        unused: 0,
    };
    let mut waited = grant(&one, ask).await;
    while waited.tokens == 0 {
        assert!(waited.again_in <= QUICK.every, "{waited:?}");
        fixture.pass(waited.again_in).await;
        waited = grant(&one, ask).await;
    }
    // Stores count in milliseconds or finer.
    let took = fixture.elapsed() - began + Duration::from_millis(1);
    assert!(took >= QUICK.every, "{took:?}");
}

/// However long nobody asks.
pub async fn a_bucket_never_holds_more_than_its_burst(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    let bucket = provider("a");
    assert_eq!(take(&one, &bucket, QUICK, 2).await, 2);
    fixture.pass(QUICK.every * 4).await;
    let rate = Rate {
        every: SLOW.every,
        ..QUICK
    };
    assert_eq!(take(&one, &bucket, rate, 100).await, 5);
}

/// What one took the other has not.
pub async fn processes_share_a_bucket(fixture: &impl Fixture) {
    let [one, two] = processes(fixture).await;
    let bucket = provider("a");
    assert_eq!(take(&one, &bucket, SLOW, 3).await, 3);
    assert_eq!(take(&two, &bucket, SLOW, 3).await, 2);
    assert_eq!(take(&one, &bucket, SLOW, 1).await, 0);
}

/// By provider, by source address, and by tenant.
pub async fn buckets_are_apart(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    let from = |address: &str| Bucket::Provider {
        provider: "a".to_owned(),
        egress: Some(address.parse().unwrap()),
    };
    let tenant = |number| Bucket::Tenant(TenantId::from_bytes([number; 16]));
    for bucket in [
        provider("a"),
        provider("b"),
        provider("{b}"),
        from("192.0.2.1"),
        from("2001:db8::1"),
        tenant(1),
        tenant(2),
    ] {
        assert_eq!(take(&one, &bucket, SLOW, 9).await, 5, "{bucket}");
    }
}

/// Each by itself, answered in the order of the asks.
pub async fn one_call_takes_of_several_buckets(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    let buckets = ["a", "b", "c"].map(provider);
    take(&one, &buckets[1], SLOW, 5).await;
    let asks: Vec<Ask<'_>> = buckets
        .iter()
        .zip([2, 4, 9])
        .map(|(bucket, tokens)| Ask {
            bucket,
            rate: SLOW,
            tokens,
            unused: 0,
        })
        .collect();
    let grants = one.pacer.take(&asks).await.unwrap();
    let tokens: Vec<u32> = grants.iter().map(|grant| grant.tokens).collect();
    assert_eq!(tokens, [2, 0, 5]);
    assert_eq!(one.pacer.take(&[]).await.unwrap(), []);
}

/// What comes back can be taken, in the same call too.
pub async fn unused_tokens_go_back(fixture: &impl Fixture) {
    let [one, two] = processes(fixture).await;
    let bucket = provider("a");
    take(&one, &bucket, SLOW, 5).await;
    let back = |tokens, unused| Ask {
        bucket: &bucket,
        rate: SLOW,
        tokens,
        unused,
    };
    assert_eq!(grant(&one, back(0, 2)).await.tokens, 0);
    assert_eq!(take(&two, &bucket, SLOW, 9).await, 2);
    assert_eq!(grant(&two, back(9, 3)).await.tokens, 3);
    assert_eq!(take(&one, &bucket, SLOW, 1).await, 0);
}

/// What does not fit is lost.
pub async fn a_bucket_is_not_overfilled(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    let bucket = provider("a");
    take(&one, &bucket, SLOW, 1).await;
    let ask = Ask {
        bucket: &bucket,
        rate: SLOW,
        tokens: 100,
        unused: 50,
    };
    assert_eq!(grant(&one, ask).await.tokens, 5);
}

/// A process that was configured anew needs no empty bucket.
pub async fn a_changed_rate_counts_from_then_on(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    let (shrunk, grown) = (provider("shrunk"), provider("grown"));
    let burst = |burst| Rate { burst, ..SLOW };
    assert_eq!(take(&one, &shrunk, burst(10), 8).await, 8);
    assert_eq!(take(&one, &shrunk, burst(3), 9).await, 0);
    assert_eq!(take(&one, &grown, burst(3), 9).await, 3);
    assert_eq!(take(&one, &grown, burst(10), 99).await, 7);
    let soon = Ask {
        bucket: &grown,
        rate: QUICK,
        tokens: 1,
        unused: 0,
    };
    let none = grant(&one, soon).await;
    assert!(none.again_in <= QUICK.every, "{none:?}");
}

/// For who wants no limit.
pub async fn without_a_rate_there_are_always_enough(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    let rate = Rate {
        burst: 1,
        every: Duration::ZERO,
    };
    for _ in 0..3 {
        assert_eq!(take(&one, &provider("a"), rate, 1_000).await, 1_000);
    }
}

/// And costs nothing.
pub async fn asking_for_nothing_gives_nothing(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    let bucket = provider("a");
    let ask = Ask {
        bucket: &bucket,
        rate: SLOW,
        tokens: 0,
        unused: 0,
    };
    let none = grant(&one, ask).await;
    assert_eq!((none.tokens, none.again_in), (0, Duration::ZERO));
    assert_eq!(take(&one, &bucket, SLOW, 9).await, 5);
}

/// Over any time from a full bucket on, all processes together.
pub async fn many_takers_never_get_more_than_the_burst_and_what_came(fixture: &impl Fixture) {
    let fleet = fixture.open(8).await;
    let bucket = provider("a");
    let rate = Rate {
        burst: 20,
        every: Duration::from_millis(10),
    };
    let began = fixture.elapsed();
    let mut taken = 0;
    for round in 0..40 {
        let wanted = |at: usize| u32::try_from((at + round) % 4).unwrap();
        let takes = fleet.iter().enumerate();
        let takes = takes.map(|(at, one)| take(one, &bucket, rate, wanted(at)));
        taken += join_all(takes).await.into_iter().sum::<u32>();
        let most = rate.burst + rate.within(fixture.elapsed() - began) + 1;
        assert!(taken <= most, "{taken} of {most}");
        fixture.pass(Duration::from_millis(5)).await;
    }
    assert!(taken >= rate.burst, "{taken}");
}
