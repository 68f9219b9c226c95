//! Conditions, as Kubernetes' API conventions have them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::{Schema, SchemaGenerator, json_schema};

/// What a condition says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is so.
    True,
    /// It is not so.
    False,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
        }
    }
}

impl From<bool> for State {
    fn from(is_so: bool) -> Self {
        if is_so { Self::True } else { Self::False }
    }
}

/// The conditions of an object, those from before too: a condition keeps the time at which it last changed.
#[derive(Debug)]
pub struct Conditions {
    before: Vec<Condition>,
    generation: i64,
    now: Time,
    all: Vec<Condition>,
}

impl Conditions {
    /// None so far, of an object with this generation; `before` is what it had.
    pub const fn new(before: Vec<Condition>, generation: i64, now: Time) -> Self {
        Self {
            before,
            generation,
            now,
            all: Vec::new(),
        }
    }

    /// Adds one. Returns whether it is another one than before: its status, or its reason.
    pub fn set(
        &mut self,
        type_: &str,
        state: State,
        reason: &str,
        message: impl Into<String>,
    ) -> bool {
        let before = self.before.iter().find(|one| one.type_ == type_);
        let status = state.as_str();
        let same = before.is_some_and(|one| one.status == status);
        let since = before.filter(|_| same);
        self.all.push(Condition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: message.into(),
            observed_generation: Some(self.generation),
            last_transition_time: since
                .map_or_else(|| self.now.clone(), |one| one.last_transition_time.clone()),
        });
        !(same && before.is_some_and(|one| one.reason == reason))
    }

    /// All that were set.
    pub fn into_all(self) -> Vec<Condition> {
        self.all
    }
}

/// The schema of a list of conditions: one of each type.
pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let condition = generator.subschema_for::<Condition>();
    json_schema!({
        "type": "array",
        "items": condition,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::jiff::Timestamp;

    fn at(second: i64) -> Time {
        Time::from(Timestamp::from_second(second).unwrap())
    }

    #[test]
    fn a_condition_keeps_its_time_until_its_status_changes() {
        let mut first = Conditions::new(Vec::new(), 1, at(1));
        assert!(first.set("Ready", State::False, "Starting", ""));
        let mut second = Conditions::new(first.into_all(), 1, at(2));
        assert!(second.set("Ready", State::False, "Draining", ""));
        let mut third = Conditions::new(second.into_all(), 2, at(3));
        assert!(!third.set("Ready", State::False, "Draining", ""));
        let third = third.into_all();
        assert_eq!(third[0].last_transition_time, at(1));
        let mut fourth = Conditions::new(third, 2, at(4));
        assert!(fourth.set("Ready", true.into(), "Settled", ""));
        let [ready] = fourth.into_all().try_into().unwrap();
        assert_eq!(ready.last_transition_time, at(4));
        assert_eq!(ready.observed_generation, Some(2));
    }
}
