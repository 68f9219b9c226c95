//! What somebody is told of. Each has a page in `docs/runbook`.

use crate::alert::{Alert, Severity};
use crate::query::{Expr, Series};
use pushmail_runtime::telemetry::{Counter, Gauge, Hop, Timing};

/// Over so much time rates are taken.
const RATE: &str = "5m";

/// All alerts, the worst first.
pub fn alerts() -> Vec<Alert> {
    [
        lost(),
        not_announced(),
        upstream(),
        stores(),
        devices(),
        operators(),
    ]
    .concat()
}

/// The share of a counter's rises that have one of these values.
fn share(counter: Counter, values: &[&'static str], time: &str) -> Expr {
    let all = Series::from(counter);
    let some = all.clone().at(values);
    some.rate(time).sum().of(all.rate(time).sum())
}

/// How many of these there were, in a time.
fn count(counter: Counter, values: &[&'static str], time: &str) -> Expr {
    let series = Series::from(counter);
    let series = if values.is_empty() {
        series
    } else {
        series.at(values)
    };
    series.increase(time).sum()
}

fn lost() -> Vec<Alert> {
    vec![Alert {
        name: "PushmailLogLostEvents",
        severity: Severity::Critical,
        expr: count(Counter::LogRegressions, &[], "1h")
            .above(0.0)
            .or(count(Counter::Sweeps, &["loss"], "1h").above(0.0)),
        lasting: "0m",
        summary: "The event log lost events that it had acknowledged; they are read again from the mailboxes",
    }]
}

fn not_announced() -> Vec<Alert> {
    vec![
        Alert {
            name: "PushmailNothingWatched",
            severity: Severity::Critical,
            expr: Series::from(Gauge::Shards)
                .now()
                .sum()
                .is(0.0)
                .or(Series::from(Gauge::Shards).now().absent()),
            lasting: "5m",
            summary: "No watcher owns any shard: no new mail is announced",
        },
        Alert {
            name: "PushmailLogFull",
            severity: Severity::Critical,
            expr: count(Counter::AppendFailures, &["full"], "10m").above(0.0),
            lasting: "0m",
            summary: "A stream of the event log is full and refuses events",
        },
        Alert {
            name: "PushmailLogUnreachable",
            severity: Severity::Critical,
            expr: count(Counter::AppendFailures, &["ambiguous"], RATE).above(0.0),
            lasting: "5m",
            summary: "Appends to the event log stay without an answer: new mail waits",
        },
        Alert {
            name: "PushmailPublishQueueLong",
            severity: Severity::Warning,
            expr: Series::from(Gauge::PublishQueue).now().sum().above(1000.0),
            lasting: "10m",
            summary: "More than 1000 events have waited for the event log for 10 minutes",
        },
        Alert {
            name: "PushmailAppendsSlow",
            severity: Severity::Warning,
            expr: Series::from(Hop::Append).quantile(0.99, RATE).above(1.0),
            lasting: "10m",
            summary: "One event in a hundred takes more than a second to become durable",
        },
    ]
}

fn upstream() -> Vec<Alert> {
    let accounts = || Series::from(Gauge::Accounts);
    let all = || accounts().now().sum();
    let in_phase = |phase| accounts().at(&[phase]).now().sum();
    vec![
        Alert {
            name: "PushmailAccountsRetrying",
            severity: Severity::Warning,
            expr: in_phase("retrying").of(all()).above(0.05),
            lasting: "15m",
            summary: "More than 5 % of all accounts are not connected and are tried again",
        },
        Alert {
            name: "PushmailAccountsNeedAttention",
            severity: Severity::Warning,
            expr: in_phase("needs_attention").of(all()).above(0.1),
            lasting: "30m",
            summary: "More than 10 % of all accounts wait for their owners, most for a new credential",
        },
        Alert {
            name: "PushmailCredentialsRejected",
            severity: Severity::Warning,
            expr: share(
                Counter::UpstreamConnects,
                &["auth_rejected", "token_expired"],
                RATE,
            )
            .above(0.2),
            lasting: "15m",
            summary: "More than a fifth of all logins are rejected for their credential",
        },
        Alert {
            name: "PushmailProviderHeldBack",
            severity: Severity::Warning,
            expr: Series::from(Gauge::Breakers).now().sum().above(0.0),
            lasting: "15m",
            summary: "Logins at a provider have been held back for 15 minutes since most of them fail",
        },
        Alert {
            name: "PushmailLoginsWaiting",
            severity: Severity::Warning,
            expr: Series::from(Gauge::WaitingLogins)
                .at(&["session", "device", "live"])
                .now()
                .sum()
                .above(0.0)
                .and(
                    Series::from(Counter::UpstreamConnects)
                        .rate(RATE)
                        .sum()
                        .is(0.0),
                ),
            lasting: "10m",
            summary: "Connections wait for a login token, and nobody logs in",
        },
    ]
}

fn stores() -> Vec<Alert> {
    vec![
        Alert {
            name: "PushmailRegistryUnreachable",
            severity: Severity::Warning,
            expr: count(Counter::CheckpointFlushes, &["failed"], RATE).above(0.0),
            lasting: "5m",
            summary: "Cursors cannot be flushed to the registry; no shard can be taken",
        },
        Alert {
            name: "PushmailLeasesUnreachable",
            severity: Severity::Warning,
            expr: share(Counter::Beats, &["failed"], RATE).above(0.1),
            lasting: "5m",
            summary: "More than a tenth of all heartbeats fail: a watcher that dies is not replaced",
        },
        Alert {
            name: "PushmailPacerAway",
            severity: Severity::Warning,
            expr: Series::from(Gauge::PacerAway).now().max().above(0.0),
            lasting: "10m",
            summary: "A process cannot reach the login tokens of the fleet and keeps to its share of them",
        },
        Alert {
            name: "PushmailShardsContested",
            severity: Severity::Warning,
            expr: count(Counter::ShardsFenced, &[], RATE).above(0.0),
            lasting: "15m",
            summary: "Watchers have taken shards from each other for 15 minutes",
        },
        Alert {
            name: "PushmailSweepsFail",
            severity: Severity::Warning,
            expr: share(Counter::Sweeps, &["failed"], "1h").above(0.5),
            lasting: "1h",
            summary: "Most sweeps of the event log fail: lost events would not be found",
        },
    ]
}

fn devices() -> Vec<Alert> {
    vec![
        Alert {
            name: "PushmailSessionsRefused",
            severity: Severity::Warning,
            expr: share(Counter::Sessions, &["refused"], RATE).above(0.05),
            lasting: "10m",
            summary: "More than 5 % of the sessions that devices ask for are refused",
        },
        Alert {
            name: "PushmailDeliverySlow",
            severity: Severity::Warning,
            expr: Series::from(Hop::Deliver).quantile(0.99, RATE).above(1.0),
            lasting: "10m",
            summary: "One event in a hundred takes more than a second from the event log to a device's stream",
        },
        Alert {
            name: "PushmailDevicesReset",
            severity: Severity::Warning,
            expr: count(Counter::Resets, &["slow_consumer", "log_rebuilt"], "10m")
                .of(Series::from(Gauge::OpenSessions).now().sum())
                .above(0.01),
            lasting: "10m",
            summary: "In 10 minutes more than one session in a hundred was reset for being slow, or since the log was rebuilt",
        },
    ]
}

fn operators() -> Vec<Alert> {
    vec![
        Alert {
            name: "PushmailApiFails",
            severity: Severity::Warning,
            expr: share(
                Counter::ApiCalls,
                &["unknown", "internal", "unavailable", "data_loss"],
                RATE,
            )
            .above(0.05),
            lasting: "10m",
            summary: "More than 5 % of all gRPC calls fail for a reason of the gateway's own",
        },
        Alert {
            name: "PushmailBackendsBehind",
            severity: Severity::Warning,
            expr: Series::from(Timing::SubscriptionLag)
                .quantile(0.99, RATE)
                .above(60.0),
            lasting: "15m",
            summary: "Tenants' backends get one event in a hundred more than a minute late",
        },
    ]
}
