//! Which command does what.

use super::{Reply, Session};
use crate::line::Line;
use crate::wire::Value;
use std::io;

/// A command as it was read.
pub(super) struct Command {
    pub(super) tag: String,
    /// In upper case, as `NOOP` or `UID FETCH`.
    pub(super) name: String,
    pub(super) args: Vec<Value>,
}

impl Command {
    /// Reads a command; the tag to answer with if it cannot be read.
    pub(super) fn parse(line: &[u8]) -> Result<Self, String> {
        let tag = line.split(|byte| *byte == b' ').next().unwrap_or_default();
        let tag = match std::str::from_utf8(tag) {
            Ok(tag) if !tag.is_empty() => tag.to_owned(),
            _ => return Err("*".to_owned()),
        };
        let Some(mut values) = Value::parse_all(line) else {
            return Err(tag);
        };
        let mut words = values.iter().skip(1).map(Value::upper);
        let mut name = words.next().unwrap_or_default();
        let by_uid = name == "UID";
        if by_uid {
            name = format!("UID {}", words.next().unwrap_or_default());
        }
        let args = values.split_off(values.len().min(2 + usize::from(by_uid)));
        Ok(Self { tag, name, args })
    }

    /// Whether the numbers in this command are UIDs.
    pub(super) fn by_uid(&self) -> bool {
        self.name.starts_with("UID ")
    }
}

impl Session<Line> {
    pub(super) async fn command(&mut self, command: &Command) -> io::Result<Reply> {
        let name = command.name.as_str();
        if let Some(text) = self.backend_lost(name) {
            return Ok(text.into());
        }
        let args = command.args.iter();
        let reply = match name {
            "CAPABILITY" => self.capability(),
            "ID" => self.id(args),
            "NOOP" | "CHECK" => "OK done".into(),
            "LOGOUT" => {
                self.bye("logging out");
                "OK bye".into()
            }
            "LOGIN" if self.owner.is_none() => self.login(args),
            "AUTHENTICATE" if self.owner.is_none() => self.authenticate(args).await?,
            "LOGIN" | "AUTHENTICATE" => "BAD already logged in".into(),
            _ if self.owner.is_none() => "NO log in first".into(),
            "IDLE" if self.server.profile.features().idle => self.begin_idle(&command.tag),
            "FETCH" | "UID FETCH" => return self.fetch(command).await,
            _ => self.other_command(command),
        };
        Ok(reply)
    }

    /// Commands that need a login and do not wait for the client.
    fn other_command(&mut self, command: &Command) -> Reply {
        let features = self.server.profile.features();
        let args = command.args.iter();
        match command.name.as_str() {
            "LIST" => self.list(args),
            "LSUB" => self.lsub(args),
            "NAMESPACE" if features.namespace => self.namespace(),
            "STATUS" => self.status(args),
            "SELECT" => self.open(args, false),
            "EXAMINE" => self.open(args, true),
            "CLOSE" => self.close(true),
            "UNSELECT" if features.unselect => self.close(false),
            "ENABLE" if features.enable => self.enable(args),
            "NOTIFY" if features.notify => self.set_notify(args),
            "SEARCH" | "UID SEARCH" => self.search(command),
            "STORE" | "UID STORE" => self.store(command),
            "EXPUNGE" => self.expunge(None),
            "UID EXPUNGE" if features.uid_plus => self.uid_expunge(args),
            "COPY" | "UID COPY" => self.copy(command, false),
            "MOVE" | "UID MOVE" if features.moves => self.copy(command, true),
            "APPEND" => self.append(args),
            "CREATE" => self.create(args),
            "DELETE" => self.delete(args),
            "RENAME" => self.rename(args),
            "SUBSCRIBE" | "UNSUBSCRIBE" => "OK done".into(),
            _ => self.server.profile.texts().unknown_command.clone().into(),
        }
    }

    fn capability(&mut self) -> Reply {
        let texts = &self.server.profile.texts();
        let capabilities = match self.owner {
            None => &texts.before_login,
            Some(_) => &texts.after_login,
        };
        let line = format!("* CAPABILITY {capabilities}");
        self.say(&line);
        "OK CAPABILITY done".into()
    }

    /// What every command is answered with while the user's backend is lost.
    fn backend_lost(&self, name: &str) -> Option<String> {
        let owner = self.owner.as_ref().filter(|_| name != "LOGOUT")?;
        let refusal = owner.user.faults(|faults| faults.refusal.clone());
        refusal.map(|text| text.as_ref().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uid_form_of_a_command_is_part_of_its_name() {
        let command = Command::parse(b"a uid fetch 1:* (FLAGS)").ok().unwrap();
        assert_eq!(command.name, "UID FETCH");
        assert_eq!(command.args.len(), 2);
        assert!(command.by_uid());
        assert_eq!(Command::parse(b"a NOOP (").err().as_deref(), Some("a"));
        assert_eq!(Command::parse(b"").err().as_deref(), Some("*"));
        assert_eq!(Command::parse(b"a").ok().unwrap().name, "");
    }
}
