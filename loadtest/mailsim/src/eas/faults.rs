//! What goes wrong on purpose.

use super::Command;
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 401, whatever the credential.
    Unauthorized,
    /// 403: the device is blocked or in quarantine.
    Forbidden,
    /// 451, with this X-MS-Location or without one (MS-ASHTTP, section 3.1.5.2.2).
    Redirect(Option<String>),
    /// 503.
    Unavailable {
        /// Retry-After, in seconds.
        retry_after: Option<u32>,
        /// X-MS-ASThrottle: the reason.
        throttle: Option<String>,
    },
    /// The command answers nothing but this status: one that all commands share, such as 126, 129, 130, 177, for which
    /// HTTP has an own one before 14.0; or its own one, such as 9 of FolderSync and 12 of Sync.
    Status(u16),
    /// A Sync answers this status for each folder, such as 8. With 3 all keys are void.
    Folders(u16),
    /// Whatever key Provision gave, the device is told to provision.
    ProvisionLoop,
    /// There is no answer, and the connection stays open.
    Hang,
    /// What waits is cut off after this time, as proxies do.
    Cut(Duration),
    /// The connection is closed after the answer, which does not say so.
    Close,
    /// The document of the answer ends in its middle.
    Truncated,
    /// The document of the answer begins on a code page that there is not.
    WrongPage,
    /// The answer is a page for people, with status 200.
    Html,
    /// A Ping says at once that all its folders have changed.
    FalseChange,
}

/// A fault, and when it happens: at all requests that it concerns, for good, unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    fault: Fault,
    commands: Vec<Command>,
    /// How many times more.
    times: Option<u32>,
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            commands: Vec::new(),
            times: None,
        }
    }
}

impl Trouble {
    /// Only at these commands.
    #[must_use]
    pub fn on(mut self, commands: impl IntoIterator<Item = Command>) -> Self {
        self.commands.extend(commands);
        self
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    fn concerns(&self, command: Option<Command>) -> bool {
        let chosen = match command {
            _ if self.commands.is_empty() => true,
            None => false,
            Some(command) => self.commands.contains(&command),
        };
        chosen && self.times != Some(0) && self.fault.is_possible(command)
    }
}

impl Fault {
    /// This fault so many times.
    pub fn times(self, times: u32) -> Trouble {
        Trouble::from(self).times(times)
    }

    /// This fault at these commands.
    pub fn on(self, commands: impl IntoIterator<Item = Command>) -> Trouble {
        Trouble::from(self).on(commands)
    }

    /// Whether it can happen at this command, or at OPTIONS.
    const fn is_possible(&self, command: Option<Command>) -> bool {
        match self {
            Self::Unauthorized
            | Self::Forbidden
            | Self::Redirect(_)
            | Self::Unavailable { .. }
            | Self::Hang
            | Self::Close
            | Self::Html => true,
            Self::Status(_) | Self::Truncated | Self::WrongPage => command.is_some(),
            Self::Folders(_) => matches!(command, Some(Command::Sync)),
            Self::ProvisionLoop => !matches!(command, None | Some(Command::Provision)),
            Self::Cut(_) => matches!(command, Some(Command::Sync | Command::Ping)),
            Self::FalseChange => matches!(command, Some(Command::Ping)),
        }
    }
}

/// Everything that goes wrong, in the order in which it was said.
#[derive(Default)]
pub(super) struct Troubles(Vec<Trouble>);

impl Troubles {
    pub(super) fn add(&mut self, trouble: Trouble) {
        self.0.push(trouble);
    }

    /// What goes wrong at this command, or at OPTIONS.
    pub(super) fn next(&mut self, command: Option<Command>) -> Option<Fault> {
        let trouble = self
            .0
            .iter_mut()
            .find(|trouble| trouble.concerns(command))?;
        if let Some(times) = &mut trouble.times {
            *times -= 1;
        }
        Some(trouble.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_ends_after_its_times_and_the_next_one_comes() {
        let mut troubles = Troubles::default();
        troubles.add(Fault::Html.on([Command::Sync]).times(1));
        troubles.add(Fault::Close.into());
        assert_eq!(troubles.next(Some(Command::Ping)), Some(Fault::Close));
        assert_eq!(troubles.next(Some(Command::Sync)), Some(Fault::Html));
        assert_eq!(troubles.next(Some(Command::Sync)), Some(Fault::Close));
        assert_eq!(troubles.next(None), Some(Fault::Close));
    }
}
