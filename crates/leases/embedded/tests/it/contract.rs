//! The suite that every adapter passes.

use pushmail_leases::Leases;
use pushmail_leases::contract::{Fixture, Terms};
use pushmail_leases_embedded::{Config, EmbeddedLeases};
use pushmail_testkit::MockClock;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The short time of the suite's terms. Nothing waits for it.
const SHORT: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Embedded {
    clock: Arc<MockClock>,
    table: OnceLock<Arc<EmbeddedLeases>>,
}

impl Fixture for Embedded {
    async fn open(&self, terms: Terms, handles: usize) -> Vec<Arc<dyn Leases>> {
        let mut config = Config::default();
        match terms {
            Terms::Steady => {}
            Terms::Brief => config.ttl = SHORT,
            Terms::Settling => config.settle = SHORT,
        }
        let table = Arc::new(EmbeddedLeases::new(config, self.clock.clone()));
        assert!(self.table.set(table.clone()).is_ok());
        (0..handles).map(|_| table.clone() as _).collect()
    }

    async fn flush(&self) {
        self.table.get().unwrap().forget();
    }

    async fn pass(&self) {
        self.clock.advance(SHORT / 5);
    }

    async fn outlast_ttl(&self) {
        self.clock.advance(SHORT + SHORT / 2);
    }
}

pushmail_leases::leases_contract!(Some(Embedded::default()));
