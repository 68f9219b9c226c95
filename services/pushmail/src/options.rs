//! Options that several commands have.

use clap::ValueEnum;
use pushmail_domain::EventScope;
use pushmail_proto::v1;

/// Which events are wanted.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Events {
    /// New mail.
    New,
    /// Also changes of flags, deletions and changes of folders.
    All,
}

impl From<Events> for EventScope {
    fn from(events: Events) -> Self {
        match events {
            Events::New => Self::New,
            Events::All => Self::All,
        }
    }
}

impl From<Events> for v1::EventScope {
    fn from(events: Events) -> Self {
        match events {
            Events::New => Self::New,
            Events::All => Self::All,
        }
    }
}

/// How much of each mail goes into its event.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Content {
    /// That there is a mail.
    Signal,
    /// And its envelope.
    Headers,
    /// And the first words of its text.
    Preview,
}

impl From<Content> for v1::ContentLevel {
    fn from(content: Content) -> Self {
        match content {
            Content::Signal => Self::Signal,
            Content::Headers => Self::Headers,
            Content::Preview => Self::Preview,
        }
    }
}
