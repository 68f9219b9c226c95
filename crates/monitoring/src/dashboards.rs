//! What people look at. Every metric is on one of them.

use crate::grafana::{Dashboard, Panel};
use pushmail_runtime::telemetry::{Counter, Gauge, Hop, Timing};

/// All dashboards.
pub fn dashboards() -> Vec<Dashboard> {
    vec![mail(), watching(), delivering(), stores()]
}

/// What users feel: how mail comes through.
fn mail() -> Dashboard {
    Dashboard {
        uid: "pushmail-mail",
        title: "pushmail: mail on its way",
        panels: vec![
            Panel::now(Gauge::Accounts),
            Panel::rate(Counter::EventsDetected),
            Panel::rate(Counter::EventsDelivered),
            Panel::seconds(
                "From the mail server's word to its being noticed",
                Hop::Detect,
            ),
            Panel::seconds("Until it is read", Hop::Fetch),
            Panel::seconds("Until it is durable", Hop::Append),
            Panel::seconds("From the log to a device's stream", Hop::Deliver),
            Panel::seconds("Until the device acknowledges", Hop::Ack),
            Panel::rate(Counter::LogRegressions),
        ],
    }
}

fn watching() -> Dashboard {
    Dashboard {
        uid: "pushmail-watching",
        title: "pushmail: watching mailboxes",
        panels: vec![
            Panel::rate(Counter::UpstreamConnects),
            Panel::seconds("Until logged in", Timing::Login),
            Panel::now(Gauge::WaitingLogins),
            Panel::now(Gauge::Breakers),
            Panel::rate(Counter::BreakerChanges),
            Panel::now(Gauge::PacerAway),
            Panel::rate(Counter::PacerCalls),
            Panel::now(Gauge::Shards),
            Panel::rate(Counter::ShardsFenced),
            Panel::rate(Counter::HandOvers),
            Panel::rate(Counter::Beats),
            Panel::rate(Counter::EventsCoalesced),
        ],
    }
}

fn delivering() -> Dashboard {
    Dashboard {
        uid: "pushmail-delivering",
        title: "pushmail: devices, backends and operators",
        panels: vec![
            Panel::now(Gauge::OpenSessions),
            Panel::rate(Counter::Sessions),
            Panel::rate(Counter::SessionsDrained),
            Panel::rate(Counter::Acks),
            Panel::rate(Counter::Resets),
            Panel::now(Gauge::LiveSubscriptions),
            Panel::now(Gauge::OpenSubscriptions),
            Panel::rate(Counter::SubscriptionDeliveries),
            Panel::seconds("Age of events at backends", Timing::SubscriptionLag),
            Panel::rate(Counter::Fetches),
            Panel::seconds("A message's first byte", Timing::FetchStart),
            Panel::seconds("A message's last byte", Timing::Fetch),
            Panel::rate(Counter::ApiCalls),
        ],
    }
}

fn stores() -> Dashboard {
    Dashboard {
        uid: "pushmail-stores",
        title: "pushmail: event log and registry",
        panels: vec![
            Panel::rate(Counter::EventsPublished),
            Panel::now(Gauge::PublishQueue),
            Panel::rate(Counter::AppendFailures),
            Panel::seconds("A commit of the event log", Timing::LogCommit),
            Panel::rate(Counter::CheckpointFlushes),
            Panel::seconds("A flush of cursors", Timing::CheckpointFlush),
            Panel::rate(Counter::Sweeps),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_on_a_dashboard() {
        let shown: Vec<String> = dashboards()
            .iter()
            .map(|one| one.json().to_string())
            .collect();
        let counters = Counter::ALL.map(Counter::about);
        let gauges = Gauge::ALL.map(Gauge::about);
        let timings = Timing::ALL.map(Timing::about);
        let all = counters.iter().chain(&gauges).chain(&timings);
        for about in all.chain([&Hop::about()]) {
            let name = about.name;
            assert!(shown.iter().any(|json| json.contains(name)), "{name}");
        }
        for hop in Hop::ALL {
            let series = format!("{{hop=\\\"{}\\\"}}", hop.as_str());
            assert!(shown[0].contains(&series), "{series} in {}", shown[0]);
        }
    }
}
