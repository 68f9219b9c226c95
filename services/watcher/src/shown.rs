//! The account's place in the gauge of accounts by phase.

use pushmail_domain::AccountPhase;
use pushmail_runtime::{Gauge, Telemetry};

/// The phase in which the account is counted; left when dropped.
pub(crate) struct ShownPhase {
    telemetry: Telemetry,
    phase: AccountPhase,
}

impl ShownPhase {
    pub(crate) fn new(telemetry: Telemetry, phase: AccountPhase) -> Self {
        telemetry.gauge(Gauge::Accounts, phase.as_str(), 1);
        Self { telemetry, phase }
    }

    pub(crate) fn set(&mut self, phase: AccountPhase) {
        self.telemetry
            .gauge(Gauge::Accounts, self.phase.as_str(), -1);
        self.telemetry.gauge(Gauge::Accounts, phase.as_str(), 1);
        self.phase = phase;
    }
}

impl Drop for ShownPhase {
    fn drop(&mut self) {
        self.telemetry
            .gauge(Gauge::Accounts, self.phase.as_str(), -1);
    }
}
