//! Where a mailbox is whose server speaks Exchange ActiveSync.

use crate::egress;
use crate::validate::{Checks, host};
use pushmail_domain::{Endpoint, Protocol, Security, UpstreamSpec};
use pushmail_proto::v1 as pb;
use pushmail_upstream::target::EAS_PATH;

const MAX_PATH: usize = 1024;

pub(super) fn upstream(checks: &mut Checks, eas: pb::EasUpstream) -> Option<UpstreamSpec> {
    let host = match host::parse(&eas.host) {
        Ok(host) => Some(host),
        Err(rule) => checks.refuse("eas.host", rule),
    };
    let port = match u16::try_from(eas.port) {
        Ok(port @ 1..) => Some(port),
        _ => checks.refuse("eas.port", "must be 1 to 65535; 443 is usual"),
    };
    let security = match (eas.plaintext, host.as_deref()) {
        (true, Some(host)) if !egress::is_loopback(host) => checks.refuse(
            "eas.plaintext",
            "may be true only for a loopback address or localhost: use TLS",
        ),
        (true, _) => Some(Security::Plaintext),
        (false, _) => Some(Security::Tls),
    };
    let user = checks.text("eas.user", eas.user, 1..=320);
    let path = path(checks, eas.path);
    Some(UpstreamSpec {
        protocol: Protocol::Eas { path: path? },
        endpoint: Endpoint {
            host: host?,
            port: port?,
            security: security?,
        },
        user: user?,
    })
}

fn path(checks: &mut Checks, path: String) -> Option<String> {
    if path.is_empty() {
        return Some(EAS_PATH.to_owned());
    }
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
    if path.starts_with('/') && plain && !path.contains(['?', '#']) && path.len() <= MAX_PATH {
        return Some(path);
    }
    checks.refuse(
        "eas.path",
        "must begin with a slash and have up to 1024 ASCII characters, no spaces, no query and no fragment; /Microsoft-Server-ActiveSync is usual",
    )
}
