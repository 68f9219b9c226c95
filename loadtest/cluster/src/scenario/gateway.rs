//! The release as an operator of its mailboxes finds it: through control's service, with what is in the release's secrets.

use super::look::Look;
use super::mail::{Mail, PASSWORD, user};
use crate::plane::MAIL_SERVER;
use anyhow::Context as _;
use pushmail_loadtest_tenant::{Place, Tenant, Upstream};
use tonic::transport::{Certificate, Channel, ClientTlsConfig};

const DELIVERY: &str = "https://mail-pushmail-delivery.mail.svc:7443";
const CONTROL: &str = "https://mail-pushmail-control.mail.svc:7443";
const SECRETS: &str = "mail-pushmail-evaluation";
const CERTIFICATE: &str = "mail-pushmail-evaluation-tls";
/// One mailbox of so many is watched through Exchange ActiveSync.
const EAS_EVERY: u32 = 3;

/// A mailbox that is watched.
pub(super) struct Registered {
    pub(super) account: String,
    /// Its device's.
    pub(super) token: String,
}

/// The release, with a tenant of the test's.
pub(super) struct Gateway {
    pub(super) tenant: Tenant,
    /// Where devices connect to.
    pub(super) delivery: Place,
}

impl Gateway {
    pub(super) async fn connect(look: &Look) -> anyhow::Result<Self> {
        let ca_pem = look.secret(CERTIFICATE, "ca.crt").await?;
        let key = look.secret(SECRETS, "admin-key").await?;
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&ca_pem));
        let control = Channel::from_static(CONTROL).tls_config(tls)?;
        Ok(Self {
            tenant: Tenant::make(control, &key, "cluster test").await?,
            delivery: Place {
                endpoint: DELIVERY.to_owned(),
                ca_pem: Some(ca_pem),
            },
        })
    }

    /// Registers the mailbox of this number, with a device.
    pub(super) async fn register(&self, mail: &Mail, mailbox: u32) -> anyhow::Result<Registered> {
        let upstream = upstream(mail, mailbox)?;
        let account = self.tenant.account(upstream, PASSWORD).await?;
        let token = self.tenant.device(vec![account.clone()]).await?;
        Ok(Registered { account, token })
    }
}

fn upstream(mail: &Mail, mailbox: u32) -> anyhow::Result<Upstream> {
    let user = user(mailbox);
    if mailbox % EAS_EVERY != EAS_EVERY - 1 {
        let port = mail.server.addr().port();
        return Ok(Upstream::imap(MAIL_SERVER, port, &user));
    }
    let eas = mail.server.eas().addr();
    let eas = eas.context("the mail server does not speak ActiveSync")?;
    Ok(Upstream::eas(MAIL_SERVER, eas.port(), &user))
}
