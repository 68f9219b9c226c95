//! A server that keeps to the protocol, so that a conversation gets far: the input chooses what it offers, what
//! happens in its mailbox, and how it answers. An honest one answers everything; then no mail may be missed.

use super::choice;
use super::mailbox::{Choices, Mail, Mailbox};
use super::stage::Stage;
use std::time::Duration;

/// So many commands and events make a conversation.
const STEPS: u32 = 600;

struct Server<'a> {
    choices: Choices<'a>,
    mailbox: Mailbox,
    offers: String,
    honest: bool,
    selected: Option<usize>,
    /// Whether deletions are told by UID.
    qresync: bool,
    notify: bool,
    idling: Option<String>,
    /// The tag of an AUTHENTICATE that waits for its response.
    authenticating: Option<String>,
    /// What is told before the next tagged answer.
    untold: String,
}

/// Runs one conversation, the server's bytes in pieces of `piece`.
pub(super) fn conversation(bytes: &[u8], piece: usize) -> Stage {
    let mut choices = Choices(bytes);
    let settings = choice::settings(choices.next() & !choice::TOKEN);
    let offered = (choices.next(), choices.next());
    let numbers = offered.0 & 1 != 0;
    let mut server = Server {
        mailbox: Mailbox::new(numbers, offered.0 & 2 != 0),
        offers: offers(offered.0),
        honest: offered.1 & 1 != 0,
        choices,
        selected: None,
        qresync: false,
        notify: false,
        idling: None,
        authenticating: None,
        untold: String::new(),
    };
    let mut stage = Stage::new(settings, piece);
    stage.receive(b"* OK ready\r\n");
    for _ in 0..STEPS {
        if !server.answer_all(&mut stage) && !server.choices.are_over() {
            server.event(&mut stage);
        }
        if server.choices.are_over() || !stage.goes_on() {
            break;
        }
    }
    server.come_to_rest(&mut stage);
    stage
}

fn offers(choice: u8) -> String {
    let mut offers = "IMAP4rev1 STARTTLS SASL-IR".to_owned();
    let names = [
        "CONDSTORE",
        "OBJECTID",
        "QRESYNC",
        "NOTIFY",
        "LIST-STATUS",
        "IDLE",
        "ESEARCH",
        "AUTH=PLAIN ID SPECIAL-USE",
    ];
    for (bit, name) in names.iter().enumerate() {
        if choice & 1 << bit != 0 && (*name != "QRESYNC" || choice & 1 != 0) {
            offers = offers + " " + name;
        }
    }
    offers
}

impl Server<'_> {
    /// Answers what the client sent; `false` if that was nothing.
    fn answer_all(&mut self, stage: &mut Stage) -> bool {
        let sent = String::from_utf8(std::mem::take(&mut stage.sent)).unwrap();
        for line in sent.lines() {
            if stage.goes_on() {
                let answer = self.answer(line);
                self.say(stage, &answer);
            }
        }
        !sent.is_empty()
    }

    /// Says it line by line, bodies with the line that brings them.
    fn say(&self, stage: &mut Stage, text: &str) {
        for line in text.split_inclusive("\r\n") {
            stage.receive(line.as_bytes());
        }
    }

    fn answer(&mut self, line: &str) -> String {
        if line == "DONE" {
            let untold = std::mem::take(&mut self.untold);
            let ended = self.idling.take().map(|tag| format!("{tag} OK idled\r\n"));
            return untold + &ended.unwrap_or_default();
        }
        if let Some(tag) = self.authenticating.take() {
            return format!("{tag} OK in\r\n");
        }
        let (tag, command) = line.split_once(' ').unwrap_or((line, ""));
        let refused = !self.honest && self.choices.next() % 16 == 15;
        if refused && !command.starts_with("LOGIN") && !command.starts_with("AUTH") {
            return format!("{tag} NO not now\r\n");
        }
        if command.starts_with("EXAMINE") && self.mailbox.position(name_in(command)).is_none() {
            self.selected = None;
            return format!("{tag} NO [NONEXISTENT] nothing here\r\n");
        }
        if command == "IDLE" {
            self.idling = Some(tag.to_owned());
            return "+ idling\r\n".to_owned() + &std::mem::take(&mut self.untold);
        }
        let told = self.tell(command);
        let untold = if command.starts_with("EXAMINE") || command.starts_with("FETCH") {
            String::new()
        } else {
            std::mem::take(&mut self.untold)
        };
        format!("{told}{untold}{tag} OK done\r\n")
    }

    /// The untagged responses to a command.
    fn tell(&mut self, command: &str) -> String {
        let words: Vec<&str> = command.split(' ').collect();
        match words[0] {
            "CAPABILITY" => format!("* CAPABILITY {}\r\n", self.offers),
            "ENABLE" => {
                self.qresync = true;
                "* ENABLED QRESYNC\r\n".to_owned()
            }
            "LIST" => self.list(command.contains("STATUS (")),
            "STATUS" => self.status_of(name_in(command)),
            "NOTIFY" => {
                self.notify = true;
                self.statuses()
            }
            "EXAMINE" => self.examine(command),
            "FETCH" => self.fetch(words[1], command, false),
            "UID" if words[1] == "FETCH" => self.fetch(words[2], command, true),
            "UID" => self.search(command),
            _ => String::new(),
        }
    }

    fn list(&self, with_status: bool) -> String {
        let lines = self.mailbox.folders.iter().map(|folder| {
            let attributes = if folder.name == "Sent" { "\\Sent" } else { "" };
            format!("* LIST ({attributes}) \"/\" \"{}\"\r\n", folder.name)
        });
        let statuses = if with_status {
            self.statuses()
        } else {
            String::new()
        };
        lines.collect::<String>() + &statuses
    }

    fn statuses(&self) -> String {
        let folders = 0..self.mailbox.folders.len();
        folders.map(|folder| self.mailbox.status(folder)).collect()
    }

    fn status_of(&self, name: &str) -> String {
        let folder = self.mailbox.position(name);
        folder.map_or_else(String::new, |folder| self.mailbox.status(folder))
    }

    fn examine(&mut self, command: &str) -> String {
        self.untold.clear();
        let closed = match (self.selected, self.qresync) {
            (Some(_), true) => "* OK [CLOSED] closed\r\n",
            _ => "",
        };
        self.selected = self.mailbox.position(name_in(command));
        let Some(folder) = self.selected else {
            return String::new();
        };
        let since = command.split_once("(QRESYNC (");
        let since = since.and_then(|(_, rest)| rest.split(' ').nth(1)?.parse().ok());
        let changes = since.map(|since| self.mailbox.since(folder, since));
        let opened = self.mailbox.opened(folder);
        format!("{closed}{opened}{}", changes.unwrap_or_default())
    }

    fn fetch(&mut self, set: &str, command: &str, by_uid: bool) -> String {
        let Some(folder) = self.selected else {
            return String::new();
        };
        let (way, omits) = (self.choices.next(), self.choices.next());
        let since = command.split_once("CHANGEDSINCE ");
        let since = since.and_then(|(_, rest)| rest.trim_end_matches(')').parse::<u64>().ok());
        if let Some(since) = since {
            return self.mailbox.since(folder, since);
        }
        let folder = &self.mailbox.folders[folder];
        let body = command.contains("BODY");
        let numbers = self.mailbox.numbers;
        let mut chosen: Vec<(u32, &Mail)> = folder.chosen(set, by_uid);
        if way & 1 != 0 {
            chosen.reverse();
        }
        let mut lines = String::new();
        for (sequence, mail) in chosen {
            let omitted = !self.honest && omits > 0 && mail.uid % u32::from(omits) == 1;
            if way & 2 != 0 {
                lines += &folder.line(sequence, mail, false, numbers);
            }
            lines += &folder.line(sequence, mail, body && !omitted, numbers);
        }
        lines
    }

    fn search(&self, command: &str) -> String {
        let Some(folder) = self.selected.map(|at| &self.mailbox.folders[at]) else {
            return String::new();
        };
        match command.split_once("UID SEARCH RETURN (COUNT) UID ") {
            Some((_, set)) => {
                let count = folder.chosen(set, true).len();
                format!("* ESEARCH UID COUNT {count}\r\n")
            }
            None => {
                let lowest = folder.mails.first().map(|mail| mail.uid);
                let lowest = lowest.map(|uid| format!(" MIN {uid}"));
                format!("* ESEARCH UID{}\r\n", lowest.unwrap_or_default())
            }
        }
    }

    /// Something happens in the mailbox, or time passes.
    fn event(&mut self, stage: &mut Stage) {
        let what = self.choices.next();
        let folder = self.choices.up_to(self.mailbox.folders.len() - 1);
        match what % 16 {
            0..=4 => {
                for _ in 0..=self.choices.up_to(3) {
                    let gap = self.choices.up_to(2);
                    self.mailbox.deliver(folder, u32::try_from(gap).unwrap());
                }
                self.grown(folder);
            }
            5 | 6 => {
                let at = self.choices.up_to(255);
                let told = self.mailbox.expunge(folder, at, self.qresync);
                self.changed(folder, &told);
            }
            7 | 8 => {
                let (at, flags) = (self.choices.up_to(255), self.choices.up_to(3));
                let told = self.mailbox.flag(folder, at, flags);
                self.changed(folder, &told);
            }
            9 => self.create(),
            10 if folder > 0 => self.rename(folder),
            11 if folder > 0 => self.delete(folder),
            12 if !self.honest => self.mischief(stage, folder),
            _ => {
                let seconds = [1, 2, 30, 120, 600][self.choices.up_to(4)];
                stage.pass(Duration::from_secs(seconds));
            }
        }
        if self.idling.is_some() {
            let untold = std::mem::take(&mut self.untold);
            self.say(stage, &untold);
        }
    }

    fn grown(&mut self, folder: usize) {
        let count = self.mailbox.folders[folder].mails.len();
        self.changed(folder, &format!("* {count} EXISTS\r\n"));
    }

    /// Tells of a change in a folder, as far as a server would.
    fn changed(&mut self, folder: usize, told: &str) {
        if self.selected == Some(folder) {
            self.untold += told;
        } else if self.notify {
            self.untold += &self.mailbox.status(folder);
        }
    }

    fn create(&mut self) {
        if self.mailbox.folders.len() < 8 {
            let name = format!("New{}", self.choices.up_to(9));
            if self.mailbox.position(&name).is_none() {
                self.mailbox.create(&name);
                self.tell_list(&name, "", "");
            }
        }
    }

    fn rename(&mut self, folder: usize) {
        let name = format!("Box{}", self.choices.up_to(9));
        if self.selected != Some(folder)
            && let Some(old) = self.mailbox.rename(folder, &name)
        {
            self.tell_list(&name, "", &format!(" (\"OLDNAME\" (\"{old}\"))"));
        }
    }

    fn delete(&mut self, folder: usize) {
        if self.selected.is_none_or(|selected| selected < folder) {
            let gone = self.mailbox.folders.remove(folder);
            self.tell_list(&gone.name, "\\NonExistent", "");
        }
    }

    fn tell_list(&mut self, name: &str, attributes: &str, more: &str) {
        if self.notify {
            self.untold += &format!("* LIST ({attributes}) \"/\" \"{name}\"{more}\r\n");
        }
    }

    /// What honest servers do not do while a client is connected.
    fn mischief(&mut self, stage: &mut Stage, folder: usize) {
        let count = self.choices.up_to(255);
        let lines = match self.choices.up_to(7) {
            0 => {
                self.mailbox.rebuild(folder);
                return;
            }
            1 => "* OK [NOTIFICATIONOVERFLOW] too much\r\n".to_owned(),
            2 => format!("* {count} EXISTS\r\n"),
            3 => format!("* VANISHED 1:{count},{count}:4294967295\r\n"),
            4 => format!("* {count} FETCH (UID {count} FLAGS (\\Seen) MODSEQ ({count}))\r\n"),
            5 => format!("* {} EXPUNGE\r\n", count + 1),
            6 => match self.idling.take() {
                Some(tag) => format!("{tag} OK had enough\r\n"),
                None => String::new(),
            },
            _ => return stage.close(),
        };
        self.say(stage, &lines);
    }

    /// Nothing more happens. After an honest server's answers all mail must have been announced.
    fn come_to_rest(&mut self, stage: &mut Stage) {
        for round in 0..60u64 {
            for _ in 0..100 {
                if !self.answer_all(stage) {
                    break;
                }
            }
            if self.idling.is_some() {
                let untold = std::mem::take(&mut self.untold);
                self.say(stage, &untold);
            }
            stage.pass(Duration::from_secs(round * 10));
        }
        if self.honest {
            assert!(stage.goes_on(), "{:?}", stage.checker.end);
            for folder in &self.mailbox.folders {
                let uids = folder.mails.iter().map(|mail| mail.uid);
                let uids: Vec<u32> = uids.collect();
                let missed = stage.checker.missed(&folder.name, &uids);
                assert_eq!(missed, Vec::<u32>::new(), "of {}", folder.name);
            }
        }
    }
}

fn name_in(command: &str) -> &str {
    command.split('"').nth(1).unwrap_or_default()
}
