//! The conversation on a connection: awake while something is under way, else asleep in few bytes.

use super::business::Business;
use crate::flow::{Flow, Moment, Rest};
use pushmail_domain::Endpoint;
use std::time::Duration;

/// A conversation.
pub(super) enum Talk {
    Awake(Box<Awake>),
    Asleep(Rest),
}

/// A conversation, and what is under way.
pub(super) struct Awake {
    pub(super) flow: Box<dyn Flow>,
    pub(super) business: Business,
    /// The flow asked to be parked, and was given nothing since.
    pub(super) parked: bool,
    /// The deadline of the last tick, so that a flow that keeps it is not ticked without end.
    ticked: Option<Duration>,
}

impl Talk {
    pub(super) fn new(flow: Box<dyn Flow>, business: Business) -> Self {
        Self::Awake(Box::new(Awake {
            flow,
            business,
            parked: false,
            ticked: None,
        }))
    }

    /// What is awake, if it is.
    pub(super) fn awake(&mut self) -> Option<&mut Awake> {
        match self {
            Self::Awake(awake) => Some(awake),
            Self::Asleep(_) => None,
        }
    }

    /// Wakes it; `None` if it cannot be woken.
    pub(super) fn wake(&mut self, endpoint: &Endpoint) -> Option<&mut Awake> {
        if let Self::Asleep(rest) = self {
            *self = Self::new(rest.wake(endpoint)?, Business::default());
        }
        self.awake()
    }

    /// Lets it sleep, if it is parked and nothing is under way.
    pub(super) fn sleep(&mut self) {
        if let Self::Awake(awake) = self
            && awake.may_sleep()
            && let Some(rest) = awake.flow.rest()
        {
            *self = Self::Asleep(rest);
        }
    }

    /// Its flow; `None` if it cannot be woken.
    pub(super) fn into_flow(self, endpoint: &Endpoint) -> Option<Box<dyn Flow>> {
        match self {
            Self::Awake(awake) => Some(awake.flow),
            Self::Asleep(rest) => rest.wake(endpoint),
        }
    }
}

impl Awake {
    fn may_sleep(&self) -> bool {
        self.parked && self.business.is_done() && !self.was_ticked_at(self.flow.deadline())
    }

    fn was_ticked_at(&self, deadline: Option<Duration>) -> bool {
        deadline.is_some() && deadline == self.ticked
    }

    /// When the flow wants to be ticked.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let deadline = self.flow.deadline();
        deadline.filter(|_| !self.was_ticked_at(deadline))
    }

    /// Gives the flow the time, if it is to have it; `false` if not.
    pub(super) fn tick_if_due(&mut self, at: Moment) -> bool {
        let due = self.deadline().filter(|due| *due <= at.elapsed);
        if due.is_some() {
            self.ticked = due;
            self.parked = false;
            self.flow.tick(at);
        }
        due.is_some()
    }

    /// Gives the flow what came.
    pub(super) fn receive(&mut self, bytes: &[u8], at: Moment) {
        self.parked = false;
        self.flow.receive(bytes, at);
    }
}
