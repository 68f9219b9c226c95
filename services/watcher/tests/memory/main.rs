//! How many bytes of heap one more account takes in a watcher: while its connection waits in the lot, and while it waits for
//! its turn to connect. Every allocation of the process is counted, and the mail server is another process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod world;

use peak_alloc::PeakAlloc;
use pushmail_domain::EventScope;
use pushmail_testkit::{Dovecot, skip};
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};
use world::World;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// So many accounts are there before anything is measured: what grows with the first accounts only has grown.
const EARLIER: usize = 128;
/// And so many are added: enough that what else grows or shrinks meanwhile, by some KiB, is little for each.
const ADDED: usize = 256;

/// What one account may take whose `events` are `new`, in bytes.
///
/// Counted are the account in the watcher, its connection in the lot with the conversation and the frozen TLS, and its
/// places in tables: of the owner, the shard's standings, the budget. All accounts are in one shard and of one tenant,
/// watch INBOX only, and have short names; the server is Dovecot. Not counted are what the system has
/// for a socket, what SQLite allocates by itself, and what the allocator adds to each allocation. It comes out within
/// 6 % of the middle, and the limit is 15 % above that.
const MOST_NEW: usize = 1230;
/// The same with `all`.
const MOST_ALL: usize = 1260;
/// What one may take that waits for room at its mail server, in bytes: with its task, and what it waits in.
const MOST_WAITING: usize = 4300;
/// If it took less, it would not be there.
const LEAST_WAITING: usize = 500;

/// One test, since all share the allocator.
#[test]
fn one_more_account_takes_few_bytes() {
    if skip("dovecot") {
        return;
    }
    let dovecot = Dovecot::start();
    let new = one_more(&dovecot, "tenant1.test", EventScope::New);
    let all = one_more(&dovecot, "tenant2.test", EventScope::All);
    println!(
        "one more account takes, in bytes: {new:?} with new mail only, {all:?} with all events"
    );
    assert!(new.at_rest <= MOST_NEW, "{new:?}");
    assert!(all.at_rest <= MOST_ALL, "{all:?}");
    for waiting in [new.waiting, all.waiting] {
        assert!(
            (LEAST_WAITING..=MOST_WAITING).contains(&waiting),
            "{waiting}"
        );
    }
}

/// Bytes of one more account.
#[derive(Debug)]
struct OneMore {
    /// Whose connection waits in the lot.
    at_rest: usize,
    /// That waits for its turn to connect.
    waiting: usize,
}

/// How many bytes one more account takes. Its mailbox is a user's of this domain.
fn one_more(dovecot: &Dovecot, domain: &str, events: EventScope) -> OneMore {
    let runtime = Builder::new_current_thread()
        .enable_all()
        // A thread that ends takes its memory with it.
        .thread_keep_alive(Duration::from_secs(3600))
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut world = World::new(dovecot, domain, events, EARLIER + ADDED).await;
        world.add(EARLIER).await;
        let before = settled().await;
        world.add(ADDED).await;
        let at_rest = settled().await;
        world.register_more(ADDED).await;
        let waiting = settled().await;
        world.drain().await;
        let of_each = |before: usize, after: usize| after.saturating_sub(before).div_ceil(ADDED);
        OneMore {
            at_rest: of_each(before, at_rest),
            waiting: of_each(at_rest, waiting),
        }
    })
}

/// What the process uses, once that has not changed for a while.
async fn settled() -> usize {
    /// What is under way takes or gives back memory within this many looks.
    const LOOKS: usize = 40;
    let settling = async {
        let (mut used, mut same) = (0, 0);
        while same < LOOKS {
            // Time has to pass: an account that has not come to rest yet has nobody who says so.
            sleep(Duration::from_millis(50)).await;
            let now = ALLOCATOR.current_usage();
            same = if now == used { same + 1 } else { 0 };
            used = now;
        }
        used
    };
    let settled = timeout(world::PATIENCE, settling).await;
    settled.expect("memory use changes all the time")
}
