//! SEARCH and UID SEARCH (RFC 3501, section 6.4.4; RFC 4731; RFC 7162, section 3.1.5).

use super::command::Command;
use super::{Reply, Session};
use crate::mailbox::Message;
use crate::wire::{Args, NumberSet, Value, ranges};
use pushmail_domain::Timestamp;
use time::Date;
use time::macros::format_description;

/// How deep keys may nest.
const MAX_DEPTH: usize = 8;

/// What a message must be to be found.
enum Key {
    All(Vec<Key>),
    Not(Box<Key>),
    Or(Box<Key>, Box<Key>),
    Sequence(NumberSet),
    Uid(NumberSet),
    /// Received on this day or later.
    Since(Timestamp),
    /// Received before this day.
    Before(Timestamp),
    Flag(String),
    /// Changed at this mod-sequence or later.
    Modseq(u64),
    Header(String, String),
    EmailId(String),
}

/// A message and how the client numbers it.
struct Candidate<'a> {
    sequence: u32,
    message: &'a Message,
    last_sequence: u32,
    last_uid: u32,
}

/// What RETURN asks for; nothing means the old SEARCH response.
type Returned = Option<Vec<String>>;

impl<S> Session<S> {
    pub(super) fn search(&mut self, command: &Command) -> Reply {
        let Some((returned, key)) = plan(command, self.server.profile.features().esearch) else {
            return "BAD unknown search key or option".into();
        };
        let (Some(owner), Some(selected)) = (&self.owner, &self.selected) else {
            return "BAD open a folder first".into();
        };
        let view = &selected.view;
        let by_uid = command.by_uid();
        let found: Vec<u32> = owner.user.mailbox.read(|folders| {
            let Some((_, folder)) = folders.by_id(view.folder) else {
                return Vec::new();
            };
            let fits = |(sequence, uid): (u32, u32)| {
                let candidate = Candidate {
                    sequence,
                    message: folder.get(uid)?,
                    last_sequence: u32::try_from(view.len()).unwrap_or(u32::MAX),
                    last_uid: view.last_uid(),
                };
                let number = if by_uid { uid } else { sequence };
                key.fits(&candidate).then_some(number)
            };
            view.numbers().filter_map(fits).collect()
        });
        let line = match returned {
            None => {
                let numbers = found.iter().map(|number| format!(" {number}"));
                format!("* SEARCH{}", numbers.collect::<String>())
            }
            Some(wanted) => esearch(command, &wanted, &found),
        };
        self.say(&line);
        "OK SEARCH done".into()
    }
}

fn esearch(command: &Command, wanted: &[String], found: &[u32]) -> String {
    let mut line = format!("* ESEARCH (TAG \"{}\")", command.tag);
    if command.by_uid() {
        line.push_str(" UID");
    }
    for wanted in wanted {
        let value = match (wanted.as_str(), found) {
            ("COUNT", _) => found.len().to_string(),
            ("MIN", [first, ..]) => first.to_string(),
            ("MAX", [.., last]) => last.to_string(),
            ("ALL", [_, ..]) => ranges(found.iter().copied()),
            _ => continue,
        };
        line.push_str(&format!(" {wanted} {value}"));
    }
    line
}

fn plan(command: &Command, esearch: bool) -> Option<(Returned, Key)> {
    let mut args = command.args.as_slice();
    let mut returned = None;
    if let [word, Value::List(options), rest @ ..] = args
        && word.is("RETURN")
        && esearch
    {
        let options: Vec<String> = options.iter().map(Value::upper).collect();
        let known = |option: &String| ["MIN", "MAX", "COUNT", "ALL"].contains(&option.as_str());
        if !options.iter().all(known) {
            return None;
        }
        returned = Some(match options.is_empty() {
            true => vec!["ALL".to_owned()],
            false => options,
        });
        args = rest;
    }
    if let [word, _, rest @ ..] = args
        && word.is("CHARSET")
    {
        args = rest;
    }
    let mut args = args.iter();
    let key = Key::parse_all(&mut args, 0)?;
    Some((returned, key))
}

impl Key {
    fn parse_all(args: &mut Args<'_>, depth: usize) -> Option<Self> {
        let mut keys = Vec::new();
        while !args.as_slice().is_empty() {
            keys.push(Self::parse(args, depth)?);
        }
        (!keys.is_empty()).then_some(Self::All(keys))
    }

    fn parse(args: &mut Args<'_>, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        let word = args.next()?;
        if let Value::List(keys) = word {
            return Self::parse_all(&mut keys.iter(), depth + 1);
        }
        let mut text = || args.next().and_then(Value::text).map(str::to_owned);
        Some(match word.upper().as_str() {
            "ALL" => Self::All(Vec::new()),
            "UID" => Self::Uid(NumberSet::parse(&text()?)?),
            "SINCE" => Self::Since(day(&text()?)?),
            "BEFORE" => Self::Before(day(&text()?)?),
            "KEYWORD" => Self::Flag(text()?),
            "UNKEYWORD" => Self::not(Self::Flag(text()?)),
            "MODSEQ" => Self::Modseq(text()?.parse().ok()?),
            "HEADER" => Self::Header(text()?, text()?),
            "EMAILID" => Self::EmailId(text()?),
            "NOT" => Self::not(Self::parse(args, depth + 1)?),
            "OR" => {
                let first = Self::parse(args, depth + 1)?;
                Self::Or(Box::new(first), Box::new(Self::parse(args, depth + 1)?))
            }
            flag => match flag.strip_prefix("UN") {
                Some(flag) if is_flag(flag) => Self::not(Self::Flag(format!("\\{flag}"))),
                _ if is_flag(flag) => Self::Flag(format!("\\{flag}")),
                _ => Self::Sequence(NumberSet::parse(flag)?),
            },
        })
    }

    fn not(key: Self) -> Self {
        Self::Not(Box::new(key))
    }

    fn fits(&self, candidate: &Candidate<'_>) -> bool {
        let message = candidate.message;
        match self {
            Self::All(keys) => keys.iter().all(|key| key.fits(candidate)),
            Self::Not(key) => !key.fits(candidate),
            Self::Or(one, other) => one.fits(candidate) || other.fits(candidate),
            Self::Sequence(set) => set.contains(candidate.sequence, candidate.last_sequence),
            Self::Uid(set) => set.contains(message.uid, candidate.last_uid),
            Self::Since(day) => message.mail.internal_date >= *day,
            Self::Before(day) => message.mail.internal_date < *day,
            Self::Flag(flag) => message.flags.contains(flag),
            Self::Modseq(modseq) => message.modseq >= *modseq,
            Self::Header(name, part) => message.mail.field(name).is_some_and(|value| {
                let (value, part) = (value.to_lowercase(), part.to_lowercase());
                value.contains(&part)
            }),
            Self::EmailId(id) => *id == format!("M{}", message.mail.id),
        }
    }
}

fn is_flag(name: &str) -> bool {
    ["ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN"].contains(&name)
}

/// The start of a day as `1-Feb-2026`, in UTC.
fn day(text: &str) -> Option<Timestamp> {
    let format =
        format_description!("[day padding:none]-[month repr:short case_sensitive:false]-[year]");
    let date = Date::parse(text, &format).ok()?;
    let midnight = date.midnight().assume_utc();
    Some(Timestamp::from_micros(
        midnight.unix_timestamp() * 1_000_000,
    ))
}
