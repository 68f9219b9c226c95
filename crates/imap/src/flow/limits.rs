//! How long things may take, and how much may come.

use std::time::Duration;

/// For the greeting, for TLS, and for every command as a whole, however slowly its answer drips in.
/// Reading mail starts anew with every message, of which there are at most [`MESSAGES`].
pub const COMMAND: Duration = Duration::from_secs(60);
/// From DONE to the end of IDLE, and for the answer to a probe.
pub const DONE: Duration = Duration::from_secs(30);
/// Most responses to one command, new messages not counted.
pub const RESPONSES: u32 = 100_000;
/// Most bytes of responses to one command, new messages not counted.
pub const BYTES: u64 = 64 * 1024 * 1024;
/// Most responses about new messages to one command that reads mail. A mailbox that holds more is read
/// by several connections, each of which resumes behind what was announced.
pub const MESSAGES: u32 = 100_000;
/// Most folders that are watched, and most bytes of their names: what is beyond is left out.
pub const FOLDERS: usize = 128;
/// See [`FOLDERS`].
pub const NAMES: usize = 6 * 1024;
/// Most changes of flags and deletions together that one resync tells one by one.
pub const CHANGES: usize = 500;
/// Most bytes of flags that one resync holds.
pub const FLAGS: usize = 8 * 1024;
/// Most commands that a conversation sends at once.
pub const COMMANDS: u32 = 2048;
/// How many more it may send for every second.
pub const COMMANDS_PER_SECOND: u32 = 4;
/// How many more for every message that it announced.
pub const COMMANDS_PER_MESSAGE: u32 = 4;
/// How many of a folder's newest messages are looked at where the server does not tell what changed.
pub const NEWEST: u32 = 256;
/// Most bytes that these take, flags included: of more, the oldest are left out.
pub const NEWEST_BYTES: usize = 24 * 1024;
