//! How long things may take, and how much may come.

use std::time::Duration;

/// For an answer as a whole, from its request on, however slowly it drips in. A server's first Sync of a large folder
/// takes its time.
pub const ANSWER: Duration = Duration::from_secs(120);
/// A Ping's answer may be so much later than its heartbeat.
pub const LATE: Duration = Duration::from_secs(45);
/// How long a Ping waits, before anything was learned: Direct Push clients begin so.
pub const HEARTBEAT: Duration = Duration::from_secs(480);
/// The longest that is tried: what lies between client and server rarely keeps a silent connection for longer.
pub const HEARTBEAT_MAX: Duration = Duration::from_secs(1770);
/// What Exchange allows, in seconds.
pub const HEARTBEATS: (u32, u32) = (60, 3540);
/// A Ping follows another one no sooner, whatever the server answers: some answer every one within seconds.
pub const PING_FLOOR: Duration = Duration::from_secs(5);
/// The longest pause before a Ping, where the server says at once that something changed and nothing did.
pub const PING_PAUSE_MAX: Duration = Duration::from_secs(300);
/// The list of folders is asked for so often, for servers whose Ping does not tell of new ones.
pub const HIERARCHY: Duration = Duration::from_secs(15 * 60);
/// A folder that the server does not let a Ping watch yet is read so often.
pub const UNWATCHED: Duration = Duration::from_secs(5 * 60);
/// Most folders that are watched: what is beyond is left out.
pub const FOLDERS: usize = 128;
/// Most changes of one window while changes are told. All of a window are told at once, with its key.
pub const WINDOW: u16 = 50;
/// Most changes of one window that are taken: some servers send more than was asked for.
pub const CHANGES: usize = 2048;
/// Most items of one window while they are passed over.
pub const BASELINE_WINDOW: u16 = 100;
/// So much of a mail's MIME is asked for, in bytes.
pub const HEAD: u32 = 10 * 1024;
/// So much of an item's text is asked for, in bytes.
pub const TEXT: u32 = 512;
/// Most bytes of a mail that is fetched: no mail server takes larger ones.
pub const ITEM: usize = 32 * 1024 * 1024;
/// Most bytes of another answer that is no Sync.
pub const DOCUMENT: usize = 4 * 1024 * 1024;
/// How often in a row a policy is taken before the server is given up: some ask without end.
pub const PROVISIONS: u8 = 3;
/// A connection that ends sooner after a request, and after an answer before it, was closed by that answer.
pub const CLOSES: Duration = Duration::from_secs(2);
/// How often in a row a connection may end without an answer before that is a fault.
pub const REDIALS: u8 = 2;
/// How often in a row the server may send the conversation elsewhere.
pub const REDIRECTS: u8 = 3;
/// How often in a row a request that failed for now is sent again on the spot.
pub const RETRIES: u8 = 2;
/// Most requests that a conversation sends at once.
pub const REQUESTS: u32 = 512;
/// How many seconds give it the right to another one.
pub const SECONDS_PER_REQUEST: u64 = 2;
