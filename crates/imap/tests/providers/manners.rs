//! What a provider sees of an account, and whether it may mind.

use crate::watch::Watch;

/// What the account's connections sent, as the server wrote it down.
pub(crate) struct Manners {
    commands: Vec<String>,
    logins: u64,
    refused: u64,
    most_connected: usize,
}

impl Manners {
    pub(crate) fn of(watch: &Watch) -> Self {
        let logins = watch.sim.logins(&watch.user);
        Self {
            commands: watch.sim.commands(&watch.user),
            logins: logins.accepted,
            refused: logins.refused,
            most_connected: logins.most_connected,
        }
    }

    /// How many commands begin with this.
    pub(crate) fn count(&self, start: &str) -> usize {
        let with = |command: &&String| command.starts_with(start);
        self.commands.iter().filter(with).count()
    }

    /// What every provider wants: so many logins, one mechanism each, one connection at a time; an ID that says
    /// something; folders opened to read only, and no more often than `openings` times.
    pub(crate) fn are_good(&self, logins: u64, openings: usize) {
        let all = self.commands.join("\n");
        assert_eq!((self.logins, self.refused), (logins, 0), "{all}");
        assert_eq!(self.most_connected, 1);
        let tried = self.count("LOGIN") + self.count("AUTHENTICATE");
        assert_eq!(tried as u64, logins, "{all}");
        for id in self.commands.iter().filter(|line| is_id(line)) {
            assert_eq!(id, "ID (\"name\" \"pushmail\" \"version\" \"1.0\")");
        }
        assert_eq!(self.count("SELECT"), 0, "{all}");
        let opened = self.count("EXAMINE");
        assert!(opened <= openings, "{opened} times EXAMINE:\n{all}");
    }
}

fn is_id(line: &str) -> bool {
    line.split(' ').next() == Some("ID")
}
