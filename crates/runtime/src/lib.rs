//! What every process shares: configuration, telemetry, lifecycle, readiness, the admin endpoint.
//!
//! Nothing here is global, except for the log subscriber: what a role needs is handed to it.

pub mod admin;
pub mod aside;
pub mod clock;
pub mod config;
pub mod lifecycle;
pub mod logging;
pub mod ready;
pub mod telemetry;

pub use admin::serve_admin;
pub use aside::Aside;
pub use clock::{SystemClock, SystemEntropy};
pub use config::{ConfigError, ConfigErrorKind, load};
pub use lifecycle::{Lifecycle, Outcome, Pace, PacedTask};
pub use logging::{LogFormat, init_logging};
pub use ready::{Condition, Latch, Readiness, Steady};
pub use telemetry::{
    Counter, Gauge, Hop, Telemetry, TelemetryConfig, TelemetryError, TelemetryErrorKind, Timing,
};
