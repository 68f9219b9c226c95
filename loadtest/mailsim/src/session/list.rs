//! LIST (RFC 3501, section 6.3.8; RFC 5258, 5819, 6154) and NAMESPACE (RFC 2342).

use super::status::status_line;
use super::{Reply, Session};
use crate::mailbox::{Folder, Folders, canonical, matches};
use crate::profile::Features;
use crate::wire::{Args, Value, decode_name, folder_name};

/// How many wildcards a pattern may have: matching takes exponential time in them.
const MAX_WILDCARDS: usize = 8;

/// A LIST as it was read.
struct Plan {
    patterns: Vec<String>,
    /// Only folders with a special use.
    special_only: bool,
    /// The items of STATUS to tell of each folder.
    status: Vec<Value>,
}

impl<S> Session<S> {
    pub(super) fn list(&mut self, args: Args<'_>) -> Reply {
        let features = self.server.profile.features();
        let extended = features.list_status || features.special_use;
        let Some(plan) = plan(args, extended) else {
            return "BAD LIST needs a reference and a pattern, and knows not all options".into();
        };
        if plan.patterns == [""] {
            self.say("* LIST (\\Noselect) \"/\" \"\"");
            return "OK LIST done".into();
        }
        let Some(lines) = self.listed(&plan, features) else {
            return "BAD unknown STATUS item".into();
        };
        for line in lines {
            self.say(&line);
        }
        "OK LIST done".into()
    }

    /// LSUB: every folder is subscribed.
    pub(super) fn lsub(&mut self, args: Args<'_>) -> Reply {
        let Some(plan) = plan(args, false) else {
            return "BAD LSUB needs a reference and a pattern".into();
        };
        for line in self.listed(&plan, Features::default()).unwrap_or_default() {
            self.say(&line.replacen("LIST", "LSUB", 1));
        }
        "OK LSUB done".into()
    }

    pub(super) fn namespace(&mut self) -> Reply {
        self.say("* NAMESPACE ((\"\" \"/\")) NIL NIL");
        "OK NAMESPACE done".into()
    }

    fn listed(&self, plan: &Plan, features: Features) -> Option<Vec<String>> {
        let owner = self.owner.as_ref()?;
        owner.user.mailbox.read(|folders| {
            let mut lines = Vec::new();
            for (name, folder) in folders.iter() {
                let fits = |pattern: &String| matches(pattern, name);
                let wanted = !plan.special_only || folder.special_use.is_some();
                if !wanted || !plan.patterns.iter().any(fits) {
                    continue;
                }
                lines.push(list_line(name, folder, folders, features));
                if folder.selectable && !plan.status.is_empty() {
                    lines.push(status_line(name, folder, &plan.status, &self.server)?);
                }
            }
            Some(lines)
        })
    }
}

/// The LIST response of a folder.
pub(super) fn list_line(
    name: &str,
    folder: &Folder,
    folders: &Folders,
    features: Features,
) -> String {
    let mut attributes = String::from(match folders.has_children(name) {
        true => "\\HasChildren",
        false => "\\HasNoChildren",
    });
    if !folder.selectable {
        attributes.push_str(" \\Noselect");
    }
    if let Some(special_use) = folder.special_use.as_ref().filter(|_| features.special_use) {
        attributes.push(' ');
        attributes.push_str(special_use);
    }
    format!("* LIST ({attributes}) \"/\" {}", folder_name(name))
}

fn plan(args: Args<'_>, extended: bool) -> Option<Plan> {
    let mut args = args.as_slice();
    let mut special_only = false;
    if let [Value::List(options), rest @ ..] = args {
        for option in options {
            match option.upper().as_str() {
                "SPECIAL-USE" if extended => special_only = true,
                "SUBSCRIBED" | "REMOTE" if extended => {}
                _ => return None,
            }
        }
        args = rest;
    }
    let [reference, patterns, rest @ ..] = args else {
        return None;
    };
    let patterns = match patterns {
        Value::List(patterns) if extended => patterns.as_slice(),
        one => std::slice::from_ref(one),
    };
    let patterns = patterns.iter().map(|one| pattern(reference, one));
    Some(Plan {
        patterns: patterns.collect::<Option<_>>()?,
        special_only,
        status: match rest {
            [] => Vec::new(),
            [word, Value::List(options)] if extended && word.is("RETURN") => status_items(options)?,
            _ => return None,
        },
    })
}

fn pattern(reference: &Value, pattern: &Value) -> Option<String> {
    let pattern = pattern.text()?;
    let wildcards = pattern.bytes().filter(|byte| b"*%".contains(byte)).count();
    if pattern.is_empty() || wildcards > MAX_WILDCARDS {
        return pattern.is_empty().then(String::new);
    }
    let whole = decode_name(&format!("{}{pattern}", reference.text()?))?;
    Some(canonical(&whole))
}

/// The items of `STATUS (…)` among RETURN's options; `None` if an option is unknown.
fn status_items(options: &[Value]) -> Option<Vec<Value>> {
    let mut items = Vec::new();
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match option.upper().as_str() {
            "SPECIAL-USE" | "CHILDREN" | "SUBSCRIBED" => {}
            "STATUS" => items = options.next()?.list()?.to_vec(),
            _ => return None,
        }
    }
    Some(items)
}
