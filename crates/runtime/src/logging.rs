//! Structured logs on standard error.

use serde::Deserialize;
use std::io::{IsTerminal, stderr};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// How a log line is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One line for people; coloured on a terminal.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// The filter used where the given one does not parse.
const FALLBACK: &str = "info";

/// Sends the process's logs to standard error, as `format`, those that `filter` lets through
/// (`tracing_subscriber::EnvFilter` syntax, such as `info,pushmail_imap=debug`). A filter that does
/// not parse becomes `info`, with a warning. Only the first call in a process has an effect.
pub fn init_logging(format: LogFormat, filter: &str) {
    let (directives, problem) = directives(filter);
    let installed = install(format, directives);
    if let (true, Some(problem)) = (installed, problem) {
        tracing::warn!(%problem, filter, "the log filter is not valid; `{FALLBACK}` is used");
    }
}

fn directives(filter: &str) -> (EnvFilter, Option<ParseError>) {
    match EnvFilter::try_new(filter) {
        Ok(directives) => (directives, None),
        Err(problem) => (EnvFilter::new(FALLBACK), Some(problem)),
    }
}

/// Whether this call was the first.
fn install(format: LogFormat, directives: EnvFilter) -> bool {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(directives)
        .with_writer(stderr);
    match format {
        LogFormat::Text => subscriber.with_ansi(stderr().is_terminal()).finish().set(),
        LogFormat::Json => subscriber.json().flatten_event(true).finish().set(),
    }
}

/// Making a subscriber the process's own.
trait Install {
    /// Whether there was none before.
    fn set(self) -> bool;
}

impl<S: Into<tracing::Dispatch>> Install for S {
    fn set(self) -> bool {
        tracing::dispatcher::set_global_default(self.into()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_does_not_parse_becomes_info() {
        let (used, problem) = directives("info,pushmail_imap=loud");
        assert_eq!(used.to_string(), "info");
        assert!(problem.is_some());
        assert!(directives("info,pushmail_imap=debug").1.is_none());
    }

    #[test]
    fn a_second_call_changes_nothing() {
        init_logging(LogFormat::Json, "off");
        init_logging(LogFormat::Text, "debug");
        assert!(!tracing::enabled!(tracing::Level::ERROR));
    }
}
