//! SRV and MX questions to DNS.

use async_trait::async_trait;
use hickory_resolver::TokioResolver;
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::{RData, RecordType};
use pushmail_domain::{Fault, FaultKind};
use std::time::Duration;
use tokio::time::timeout;

/// More records than this of one name are not looked at.
const MAX_RECORDS: usize = 16;

const TIMEOUT: Duration = Duration::from_secs(10);

/// One SRV record (RFC 2782).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    /// Lower ones come first.
    pub priority: u16,
    /// Among equal priorities, how much of the load the target takes.
    pub weight: u16,
    /// The TCP port.
    pub port: u16,
    /// The host; `.` if the service is decidedly not offered.
    pub target: String,
}

/// One MX record (RFC 5321, section 5.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mx {
    /// Lower ones come first.
    pub preference: u16,
    /// The host; `.` if the domain takes no mail (RFC 7505).
    pub exchange: String,
}

/// Answers questions about domains.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The SRV records of `name`, in no order; empty if there are none.
    ///
    /// # Errors
    ///
    /// [`FaultKind::UnknownHost`] if there was no answer.
    async fn srv(&self, name: &str) -> Result<Vec<Srv>, Fault>;

    /// The MX records of `domain`, in no order; empty if there are none.
    ///
    /// # Errors
    ///
    /// [`FaultKind::UnknownHost`] if there was no answer.
    async fn mx(&self, domain: &str) -> Result<Vec<Mx>, Fault>;
}

/// DNS as the system is set up for it (`/etc/resolv.conf`), read anew for each question: questions
/// are few, and the network of a person's machine changes.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDirectory;

#[async_trait]
impl Directory for SystemDirectory {
    async fn srv(&self, name: &str) -> Result<Vec<Srv>, Fault> {
        ask(name, RecordType::SRV, |data| match data {
            RData::SRV(srv) => Some(Srv {
                priority: srv.priority,
                weight: srv.weight,
                port: srv.port,
                target: srv.target.to_ascii(),
            }),
            _ => None,
        })
        .await
    }

    async fn mx(&self, domain: &str) -> Result<Vec<Mx>, Fault> {
        ask(domain, RecordType::MX, |data| match data {
            RData::MX(mx) => Some(Mx {
                preference: mx.preference,
                exchange: mx.exchange.to_ascii(),
            }),
            _ => None,
        })
        .await
    }
}

async fn ask<T>(
    name: &str,
    kind: RecordType,
    read: impl Fn(&RData) -> Option<T>,
) -> Result<Vec<T>, Fault> {
    let failed = |error: NetError| {
        Fault::new(
            FaultKind::UnknownHost,
            format!("DNS gave no {kind} answer for {name}"),
        )
        .caused_by(error)
    };
    let resolver = TokioResolver::builder_tokio()
        .and_then(|builder| builder.build())
        .map_err(failed)?;
    // The final dot keeps the system's search domains out of it.
    let question = resolver.lookup(format!("{name}."), kind);
    match timeout(TIMEOUT, question).await {
        Ok(Ok(answer)) => {
            let records = answer.answers().iter();
            Ok(records
                .filter_map(|record| read(&record.data))
                .take(MAX_RECORDS)
                .collect())
        }
        Ok(Err(error)) if error.is_no_records_found() => Ok(Vec::new()),
        Ok(Err(error)) => Err(failed(error)),
        Err(elapsed) => Err(Fault::new(
            FaultKind::UnknownHost,
            format!("DNS gave no {kind} answer for {name} in time"),
        )
        .caused_by(elapsed)),
    }
}
