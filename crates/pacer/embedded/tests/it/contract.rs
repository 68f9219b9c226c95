//! The suite that every adapter passes.

use pushmail_domain::Clock as _;
use pushmail_pacer::SEEN_WITHIN;
use pushmail_pacer::contract::{Fixture, Process};
use pushmail_pacer_embedded::{EmbeddedDevices, EmbeddedPacer};
use pushmail_testkit::MockClock;
use std::sync::Arc;
use std::time::Duration;

#[derive(Default)]
struct Embedded(Arc<MockClock>);

impl Fixture for Embedded {
    async fn open(&self, processes: usize) -> Vec<Process> {
        let pacer = Arc::new(EmbeddedPacer::new(self.0.clone()));
        let devices = Arc::new(EmbeddedDevices::new(self.0.clone()));
        let process = |_| Process {
            pacer: pacer.clone(),
            devices: devices.clone(),
        };
        (0..processes).map(process).collect()
    }

    fn seen_within(&self) -> Duration {
        SEEN_WITHIN
    }

    async fn pass(&self, time: Duration) {
        self.0.advance(time);
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

pushmail_pacer::pacer_contract!(Some(Embedded::default()));
