//! Probes: is a container well?

use super::runtime::Runtime;
use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1::{Container, HTTPGetAction, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// A container that runs.
pub(super) struct Target<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) container: &'a Container,
    pub(super) id: &'a str,
    pub(super) address: &'a str,
}

/// Asks again and again, and tells `changed` whenever the answer becomes another. It becomes "well" or "not well" after as many
/// answers in a row as the probe says; what was before the first is `before`. Ends only if `changed` says so.
pub(super) async fn watch(
    target: &Target<'_>,
    probe: &Probe,
    before: Option<bool>,
    mut changed: impl FnMut(bool) -> bool,
) {
    let number = |value: Option<i32>, default: u32| {
        let value = value.and_then(|value| u32::try_from(value).ok());
        value.filter(|value| *value > 0).unwrap_or(default)
    };
    let period = Duration::from_secs(number(probe.period_seconds, 10).into());
    let limit = Duration::from_secs(number(probe.timeout_seconds, 1).into());
    let needed = |is_well: bool| match is_well {
        true => number(probe.success_threshold, 1),
        false => number(probe.failure_threshold, 3),
    };
    let first = probe
        .initial_delay_seconds
        .and_then(|delay| u64::try_from(delay).ok());
    sleep(Duration::from_secs(first.unwrap_or_default())).await;
    let (mut known, mut row) = (before, (true, 0));
    loop {
        let answer = ask(target, probe, limit).await;
        row = (answer, if row.0 == answer { row.1 + 1 } else { 1 });
        if known != Some(answer) && row.1 >= needed(answer) {
            known = Some(answer);
            if changed(answer) {
                return;
            }
        }
        sleep(period).await;
    }
}

async fn ask(target: &Target<'_>, probe: &Probe, limit: Duration) -> bool {
    if let Some(exec) = &probe.exec {
        let words = exec.command.clone().unwrap_or_default();
        return target.runtime.exec(target.id, &words, limit).await;
    }
    let asking = async {
        if let Some(get) = &probe.http_get {
            http(target, get).await
        } else if let Some(tcp) = &probe.tcp_socket {
            let at = (target.address, port(target.container, &tcp.port)?);
            Ok(TcpStream::connect(at).await.map(drop)?)
        } else {
            bail!("the cluster test knows no probes by gRPC")
        }
    };
    matches!(timeout(limit, asking).await, Ok(Ok(())))
}

/// Well is any status below 400.
pub(super) async fn http(target: &Target<'_>, get: &HTTPGetAction) -> anyhow::Result<()> {
    let port = port(target.container, &get.port)?;
    let path = get.path.as_deref().unwrap_or("/");
    let mut stream = TcpStream::connect((target.address, port)).await?;
    let host = target.address;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await?;
    // `HTTP/1.1 200`
    let status = std::str::from_utf8(&head[9..])?.parse::<u16>()?;
    if !(200..400).contains(&status) {
        bail!("{path} answers {status}");
    }
    Ok(())
}

fn port(container: &Container, port: &IntOrString) -> anyhow::Result<u16> {
    let number = match port {
        IntOrString::Int(number) => *number,
        IntOrString::String(name) => {
            let named = container.ports.iter().flatten();
            let mut named = named.filter(|port| port.name.as_ref() == Some(name));
            let port = named
                .next()
                .with_context(|| format!("no port is named {name}"))?;
            port.container_port
        }
    };
    Ok(u16::try_from(number)?)
}
