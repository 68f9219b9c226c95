//! The admin endpoint: is it alive, is it ready, what does it measure.
//!
//! `GET /livez` is 200 while the process runs. `GET /readyz` is 200 when it takes work, else 503 with
//! what it waits for, one part per line. `GET /metrics` is OpenMetrics text.

use crate::lifecycle::Lifecycle;
use crate::ready::Readiness;
use crate::telemetry::Telemetry;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bounded::Bounded;
use tokio::net::TcpListener;

mod bounded;

/// The media type of OpenMetrics 1.0, section "Content type".
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone)]
struct Admin {
    telemetry: Telemetry,
    readiness: Readiness,
    lifecycle: Lifecycle,
}

/// Serves the admin endpoint on `listener` until `lifecycle` is stopping. Start it by
/// [`Lifecycle::attend`], so that a drain does not wait for it and is still seen on `/readyz`.
///
/// There is no authentication: bind the listener to an address that only operators reach.
pub async fn serve_admin(
    listener: TcpListener,
    telemetry: Telemetry,
    readiness: Readiness,
    lifecycle: Lifecycle,
) {
    let stopping = lifecycle.stopping();
    let router = Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(Admin {
            telemetry,
            readiness,
            lifecycle,
        });
    tokio::select! {
        () = stopping.cancelled() => {}
        ended = async { axum::serve(Bounded::new(listener), router).await } => {
            if let Err(error) = ended {
                tracing::error!(%error, "the admin endpoint ended");
            }
        }
    }
}

async fn livez() -> &'static str {
    "ok\n"
}

async fn readyz(State(admin): State<Admin>) -> Response {
    let mut parts = admin.readiness.waiting_for();
    if admin.lifecycle.draining().is_cancelled() {
        parts.push("draining");
    }
    if parts.is_empty() {
        return "ok\n".into_response();
    }
    let list = parts.join("\n") + "\n";
    (StatusCode::SERVICE_UNAVAILABLE, list).into_response()
}

async fn metrics(State(admin): State<Admin>) -> impl IntoResponse {
    ([(CONTENT_TYPE, OPENMETRICS)], admin.telemetry.render())
}
