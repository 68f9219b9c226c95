//! What a NOTIFY command asks for.

use super::OfSelected;
use crate::mailbox::canonical;
use crate::session::fetch::parse_new_items;
use crate::wire::{Args, Value, decode_name};

/// The events that are known, as BADEVENT lists them.
pub(super) const KNOWN: &str =
    "MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange";

/// Which folders.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Where mail is delivered to: INBOX.
    Inboxes,
    /// `personal` and `subscribed`: every folder is subscribed.
    All,
    Subtree(Vec<String>),
    Mailboxes(Vec<String>),
}

/// Which changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Events {
    pub(super) new: bool,
    pub(super) expunge: bool,
    pub(super) flags: bool,
    pub(super) names: bool,
}

/// `NOTIFY SET …`.
pub(super) struct Request {
    /// Tell the state of the folders first.
    pub(super) status: bool,
    pub(super) selected: Option<OfSelected>,
    pub(super) groups: Vec<(Scope, Events)>,
}

/// Why a command is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Syntax,
    /// An event that is not known.
    Event,
}

/// Reads the arguments; `None` is `NOTIFY NONE`.
pub(super) fn parse(args: Args<'_>) -> Result<Option<Request>, Refused> {
    let groups = match args.as_slice() {
        [none] if none.is("NONE") => return Ok(None),
        [set, groups @ ..] if set.is("SET") && !groups.is_empty() => groups,
        _ => return Err(Refused::Syntax),
    };
    let (status, groups) = match groups {
        [status, groups @ ..] if status.is("STATUS") => (true, groups),
        groups => (false, groups),
    };
    let mut request = Request {
        status,
        selected: None,
        groups: Vec::new(),
    };
    for group in groups {
        read_group(&mut request, group.list().ok_or(Refused::Syntax)?)?;
    }
    Ok(Some(request))
}

fn read_group(request: &mut Request, group: &[Value]) -> Result<(), Refused> {
    let (scope, names, events) = match group {
        [scope, events] => (scope, None, events),
        [scope, names, events] => (scope, Some(names), events),
        _ => return Err(Refused::Syntax),
    };
    let (events, new_items) = read_events(events)?;
    let names = || read_names(names.ok_or(Refused::Syntax)?);
    let scope = match scope.upper().as_str() {
        kind @ ("SELECTED" | "SELECTED-DELAYED") if request.selected.is_none() => {
            if events.names {
                return Err(Refused::Syntax);
            }
            request.selected = Some(OfSelected {
                delayed: kind == "SELECTED-DELAYED",
                events,
                new_items,
            });
            return Ok(());
        }
        "INBOXES" => Scope::Inboxes,
        "PERSONAL" | "SUBSCRIBED" => Scope::All,
        "SUBTREE" => Scope::Subtree(names()?),
        "MAILBOXES" => Scope::Mailboxes(names()?),
        _ => return Err(Refused::Syntax),
    };
    if new_items.is_some() {
        return Err(Refused::Syntax);
    }
    request.groups.push((scope, events));
    Ok(())
}

fn read_names(names: &Value) -> Result<Vec<String>, Refused> {
    let names = match names {
        Value::List(names) => names.as_slice(),
        one => std::slice::from_ref(one),
    };
    let decoded = names.iter().map(|name| decode_name(name.text()?));
    let decoded: Option<Vec<String>> = decoded.collect();
    let decoded = decoded.ok_or(Refused::Syntax)?;
    Ok(decoded.iter().map(|name| canonical(name)).collect())
}

/// Events, and what MessageNew wants to have fetched. MessageNew and MessageExpunge come together,
/// FlagChange only with them (RFC 5465, section 5).
fn read_events(
    value: &Value,
) -> Result<(Events, Option<Vec<crate::session::fetch::Item>>), Refused> {
    let mut events = Events::default();
    let mut new_items = None;
    if value.is("NONE") {
        return Ok((events, None));
    }
    let mut values = value.list().ok_or(Refused::Syntax)?.iter();
    while let Some(event) = values.next() {
        match event.upper().as_str() {
            "MESSAGENEW" => {
                events.new = true;
                if let Some(items) = values.as_slice().first().and_then(Value::list) {
                    new_items = Some(parse_new_items(items).ok_or(Refused::Syntax)?);
                    values.next();
                }
            }
            "MESSAGEEXPUNGE" => events.expunge = true,
            "FLAGCHANGE" => events.flags = true,
            "MAILBOXNAME" => events.names = true,
            "SUBSCRIPTIONCHANGE" => {}
            _ => return Err(Refused::Event),
        }
    }
    match events.new == events.expunge && (events.new || !events.flags) {
        true => Ok((events, new_items)),
        false => Err(Refused::Syntax),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &str) -> Result<Option<Request>, Refused> {
        parse(Value::parse_all(args.as_bytes()).unwrap().iter())
    }

    #[test]
    fn a_request_is_read() {
        let args = "SET STATUS (selected-delayed (MessageNew (UID FLAGS) MessageExpunge)) \
                    (subtree (inbox Work) (MessageNew MessageExpunge FlagChange MailboxName)) \
                    (personal NONE)";
        let request = read(args).ok().flatten().unwrap();
        assert!(request.status);
        let selected = request.selected.unwrap();
        assert!(selected.delayed && selected.new_items.unwrap().len() == 2);
        let roots = vec!["INBOX".to_owned(), "Work".to_owned()];
        assert_eq!(request.groups[0].0, Scope::Subtree(roots));
        assert_eq!(request.groups[1], (Scope::All, Events::default()));
        assert!(matches!(read("NONE"), Ok(None)));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (args, refused) in [
            ("SET (personal (MessageNew))", Refused::Syntax),
            ("SET (personal (FlagChange))", Refused::Syntax),
            (
                "SET (personal (MessageNew MessageExpunge Moon))",
                Refused::Event,
            ),
            ("SET (selected (MailboxName))", Refused::Syntax),
            (
                "SET (mailboxes (MessageNew MessageExpunge))",
                Refused::Syntax,
            ),
            ("SET", Refused::Syntax),
        ] {
            assert_eq!(read(args).err(), Some(refused), "{args}");
        }
    }
}
