//! Which parts of the gateway a process runs.

use clap::ValueEnum;

/// A part of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Role {
    /// Watches mailboxes, and logs what happens there.
    Watcher,
    /// Serves devices.
    Delivery,
    /// Serves operators and tenants' backends.
    Control,
}

/// Some of them; no more than once each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Roles {
    pub(crate) watcher: bool,
    pub(crate) delivery: bool,
    pub(crate) control: bool,
}

impl Roles {
    /// All of them.
    pub(crate) const ALL: Self = Self {
        watcher: true,
        delivery: true,
        control: true,
    };

    /// None of them.
    pub(crate) const NONE: Self = Self {
        watcher: false,
        delivery: false,
        control: false,
    };

    /// These; all if none is named.
    pub(crate) fn of(roles: &[Role]) -> Self {
        if roles.is_empty() {
            return Self::ALL;
        }
        let has = |role| roles.contains(&role);
        Self {
            watcher: has(Role::Watcher),
            delivery: has(Role::Delivery),
            control: has(Role::Control),
        }
    }

    /// The name of the role, if it is one alone.
    pub(crate) const fn only(self) -> Option<&'static str> {
        match (self.watcher, self.delivery, self.control) {
            (true, false, false) => Some("watcher"),
            (false, true, false) => Some("delivery"),
            (false, false, true) => Some("control"),
            _ => None,
        }
    }

    /// Whether somebody is served over gRPC.
    pub(crate) const fn serve_grpc(self) -> bool {
        self.delivery || self.control
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_role_stands_for_all() {
        assert_eq!(Roles::of(&[]), Roles::ALL);
        assert_eq!(Roles::ALL.only(), None);
        let some = Roles::of(&[Role::Watcher, Role::Watcher]);
        assert_eq!(some.only(), Some("watcher"));
        assert!(some.watcher && !some.delivery && !some.control && !some.serve_grpc());
    }
}
