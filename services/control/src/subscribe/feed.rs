//! A tenant's events out of the log, stream by stream, a page at a time.
//!
//! What is live is only a hint that a stream has more: events are always read from the log, from a
//! cursor. So none falls between replay and live, none comes twice, and a subscriber that does not read
//! costs one page of memory.

use super::lane::Reach;
use super::window::GapReason;
use pushmail_domain::{Clock, Position, StreamId, TenantId, Timestamp};
use pushmail_eventlog::{ReadError, Stored, TenantLog};
use pushmail_registry::Mark;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// The most events of one page.
pub(crate) const PAGE: usize = 64;
/// By how much clocks may differ: after the log was rebuilt, what was stored so long before the position
/// was current is taken for the old log's, and done.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5 * 60);

/// For how long after a gap was told what expires meanwhile is part of it.
const ONE_GAP: Duration = Duration::from_secs(60);

/// What the log gave, in its order.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all items are of the large variant"
)]
pub(crate) enum Item {
    Event(Stored),
    /// The stream was read to here.
    Reached(StreamId, Reach),
}

impl Item {
    /// The item's stream, as a bit.
    const fn stream(&self) -> u16 {
        let stream = match self {
            Self::Event(stored) => stored.position.stream,
            Self::Reached(stream, _) => *stream,
        };
        1 << stream.number()
    }
}

/// The stream with this place in a list of all.
fn stream(at: usize) -> StreamId {
    StreamId::new(u8::try_from(at).unwrap_or(0))
}

/// Reads one tenant's events.
pub(crate) struct Feed {
    log: Arc<dyn TenantLog>,
    clock: Arc<dyn Clock>,
    tenant: TenantId,
    cursors: Vec<Cursor>,
    /// The stream to look at first, so that a busy one does not starve the others.
    turn: usize,
    page: VecDeque<Item>,
}

/// How far one stream was read.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    generation: u32,
    reach: Reach,
    /// Whether there may be more.
    behind: bool,
    /// What was stored before is passed over.
    not_before: Timestamp,
}

impl Feed {
    /// A feed from these marks on, one for each stream, in order. Every stream is read first.
    pub(crate) fn new(
        log: Arc<dyn TenantLog>,
        clock: Arc<dyn Clock>,
        tenant: TenantId,
        marks: &[Mark],
    ) -> Self {
        let cursors = marks.iter().map(|mark| Cursor {
            generation: mark.position.generation,
            reach: Reach {
                sequence: mark.position.sequence,
                current_at: mark.current_at,
            },
            behind: true,
            not_before: Timestamp::from_micros(i64::MIN),
        });
        Self {
            log,
            clock,
            tenant,
            cursors: cursors.collect(),
            turn: 0,
            page: VecDeque::new(),
        }
    }

    /// These streams, a bit each, have more.
    pub(crate) fn hint(&mut self, streams: u16) {
        for (at, cursor) in self.cursors.iter_mut().enumerate() {
            cursor.behind |= streams & (1 << at) != 0;
        }
    }

    /// The next item of the page.
    pub(crate) fn front(&self) -> Option<&Item> {
        self.page.front()
    }

    /// Takes the next item of the page.
    pub(crate) fn pop(&mut self) -> Option<Item> {
        self.page.pop_front()
    }

    /// Whether a page can be read: there is none, and a stream may have more.
    pub(crate) fn is_behind(&self) -> bool {
        self.page.is_empty() && self.cursors.iter().any(|cursor| cursor.behind)
    }

    /// The streams of which the log has begun another generation than the feed reads, a bit each.
    pub(crate) fn rebuilt(&self) -> u16 {
        let cursors = self.cursors.iter().enumerate();
        let rebuilt = cursors.filter(|(at, cursor)| cursor.generation != self.generation(*at));
        rebuilt.fold(0, |streams, (at, _)| streams | 1 << at)
    }

    /// The stream's generation in the log.
    fn generation(&self, at: usize) -> u32 {
        self.log.generation(stream(at))
    }

    /// Reads the next page of a stream that is behind. Tells if events may have expired before it.
    pub(crate) async fn read(&mut self) -> Result<Option<GapReason>, ReadError> {
        let Some(at) = self.next_stream() else {
            return Ok(None);
        };
        let stream = stream(at);
        let cursor = self.cursors[at];
        let before = self.clock.now();
        let after = cursor.reach.sequence;
        let page = self.log.read_tenant(self.tenant, stream, after, PAGE);
        let page = page.await?;
        if cursor.generation != self.generation(at) {
            // Its events are of no known generation; they are read again.
            return Ok(None);
        }
        // What is missing in the page was expired before it was read.
        let gap = cursor.reach.current_at < self.log.retained_since();
        self.turn = (at + 1) % self.cursors.len();
        let full = page.events.len() == PAGE;
        let current_at = match page.events.last() {
            Some(last) if full => last.stored_at,
            _ => before,
        };
        let reach = Reach {
            sequence: page.through.max(after),
            current_at,
        };
        self.cursors[at].reach = reach;
        self.cursors[at].behind = full;
        let fresh = page.events.into_iter();
        let fresh = fresh.filter(|stored| stored.stored_at >= cursor.not_before);
        self.page.extend(fresh.map(Item::Event));
        self.page.push_back(Item::Reached(stream, reach));
        if gap {
            self.forgive();
        }
        Ok(gap.then_some(GapReason::Expired))
    }

    /// One event again; `None` if it is kept no longer.
    pub(crate) async fn again(
        &self,
        stream: StreamId,
        sequence: u64,
    ) -> Result<Option<Stored>, ReadError> {
        let after = sequence.saturating_sub(1);
        let page = self.log.read_tenant(self.tenant, stream, after, 1).await?;
        let found = page.events.into_iter().next();
        Ok(found.filter(|stored| stored.position.sequence == sequence))
    }

    /// Begins these streams, a bit each, anew in the log's present generation; `marks` are those of all.
    /// What was stored well before a mark was current is passed over, but in streams where nothing was
    /// done yet.
    pub(crate) fn rebase(&mut self, streams: u16, marks: impl Iterator<Item = Reach>) -> Vec<Mark> {
        self.page.retain(|item| streams & item.stream() == 0);
        let now = self.clock.now();
        let mut begun = Vec::new();
        for (at, mark) in marks.enumerate().filter(|(at, _)| streams & (1 << at) != 0) {
            let generation = self.generation(at);
            let cursor = &mut self.cursors[at];
            cursor.generation = generation;
            cursor.not_before = match mark.sequence {
                0 => cursor.not_before,
                _ => mark.current_at.before(CLOCKS_DIFFER),
            };
            cursor.behind = true;
            // All that came before is told by the gap of the new generation.
            cursor.reach = Reach {
                sequence: 0,
                current_at: now,
            };
            begun.push(Mark {
                position: Position {
                    stream: stream(at),
                    generation,
                    sequence: 0,
                },
                current_at: now,
                acked: Vec::new(),
            });
        }
        begun
    }

    /// Streams that are behind as far are told about by the same gap, also if they are read a little
    /// later, when a little more has expired.
    fn forgive(&mut self) {
        let since = self.log.retained_since().after(ONE_GAP);
        for cursor in &mut self.cursors {
            cursor.reach.current_at = cursor.reach.current_at.max(since);
        }
    }

    /// The next stream that is behind, in turn.
    fn next_stream(&self) -> Option<usize> {
        let count = self.cursors.len();
        let mut streams = (0..count).map(|step| (self.turn + step) % count);
        streams.find(|at| self.cursors[*at].behind)
    }
}
