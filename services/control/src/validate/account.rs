//! Requests that make or change an account.

mod eas;
mod update;

use super::{Checks, host};
use crate::egress;
use pushmail_domain::{
    AccountSpec, Authentication, ContentLevel, Endpoint, EventScope, Protocol, Secret, Security,
    TenantId, UpstreamSpec,
};
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::create_account_request::Credential;
use std::collections::HashSet;
use tonic::Status;
pub(crate) use update::{UpdateAccount, update};

const MAX_FOLDERS: usize = 16;
const MAX_FOLDER_NAME: usize = 255;
const MAX_PASSWORD: usize = 1024;
const MAX_TOKEN: usize = 8192;

/// A valid `CreateAccountRequest`.
#[derive(Debug)]
pub(crate) struct CreateAccount {
    pub(crate) tenant: TenantId,
    pub(crate) spec: AccountSpec,
    pub(crate) request_id: Option<String>,
}

/// Checks a `CreateAccountRequest`.
pub(crate) fn create(request: pb::CreateAccountRequest) -> Result<CreateAccount, Status> {
    let mut checks = Checks::default();
    let tenant = checks.id("tenant", &request.tenant);
    let address = checks.text("address", request.address, 1..=320);
    let upstream = match (request.imap, request.eas) {
        (imap, None) => upstream(&mut checks, imap),
        (None, Some(given)) => eas::upstream(&mut checks, given),
        (Some(_), Some(_)) => {
            checks.refuse("eas", "and imap are both given: a mailbox has one server")
        }
    };
    let authentication = authentication(&mut checks, request.credential);
    let selection = folders(&mut checks, request.folders);
    let content = content(&mut checks, request.content);
    let events = events(&mut checks, request.events);
    let request_id = checks.request_id(request.request_id);
    let (Some(tenant), Some(address), Some(upstream), Some(authentication)) =
        (tenant, address, upstream, authentication)
    else {
        return Err(checks.refused());
    };
    let (Some(selection), Some(content), Some(events), Some(request_id)) =
        (selection, content, events, request_id)
    else {
        return Err(checks.refused());
    };
    Ok(CreateAccount {
        tenant,
        spec: AccountSpec {
            address,
            upstream,
            authentication,
            selection,
            content,
            events,
        },
        request_id,
    })
}

fn upstream(checks: &mut Checks, imap: Option<pb::ImapUpstream>) -> Option<UpstreamSpec> {
    let Some(imap) = imap else {
        return checks.refuse("imap", "or eas is required: say where the mailbox is");
    };
    let host = match host::parse(&imap.host) {
        Ok(host) => Some(host),
        Err(rule) => checks.refuse("imap.host", rule),
    };
    let port = match u16::try_from(imap.port) {
        Ok(port @ 1..) => Some(port),
        _ => checks.refuse(
            "imap.port",
            "must be 1 to 65535; 993 is usual for TLS, 143 else",
        ),
    };
    let security = security(checks, imap.security, host.as_deref());
    let user = checks.text("imap.user", imap.user, 1..=320);
    Some(UpstreamSpec {
        protocol: Protocol::Imap,
        endpoint: Endpoint {
            host: host?,
            port: port?,
            security: security?,
        },
        user: user?,
    })
}

fn security(checks: &mut Checks, number: i32, host: Option<&str>) -> Option<Security> {
    const FIELD: &str = "imap.security";
    match pb::Security::try_from(number) {
        Ok(pb::Security::Tls) => Some(Security::Tls),
        Ok(pb::Security::Starttls) => Some(Security::StartTls),
        Ok(pb::Security::Plaintext) if host.is_some_and(|h| !egress::is_loopback(h)) => checks
            .refuse(
                FIELD,
                "may be PLAINTEXT only for a loopback address or localhost: use TLS or STARTTLS",
            ),
        Ok(pb::Security::Plaintext) => Some(Security::Plaintext),
        Ok(pb::Security::Unspecified) | Err(_) => {
            checks.refuse(FIELD, "must be TLS, STARTTLS or PLAINTEXT; TLS is usual")
        }
    }
}

fn authentication(checks: &mut Checks, credential: Option<Credential>) -> Option<Authentication> {
    match credential {
        None => checks.refuse("credential", "is required: give password or access_token"),
        Some(Credential::Password(text)) => {
            password(checks, Secret::new(text)).map(Authentication::Password)
        }
        Some(Credential::AccessToken(text)) => {
            access_token(checks, Secret::new(text)).map(Authentication::AccessToken)
        }
    }
}

/// RFC 9051, section 4.3: a string holds no NUL; line breaks would end a command.
fn password(checks: &mut Checks, text: Secret<String>) -> Option<Secret<String>> {
    let value = text.expose();
    if !(1..=MAX_PASSWORD).contains(&value.len()) {
        return checks.refuse("password", "must have 1 to 1024 bytes");
    }
    if value.contains(['\r', '\n', '\0']) {
        return checks.refuse("password", "must not hold line breaks or NUL: remove them");
    }
    Some(text)
}

/// RFC 6750, section 2.1, taken widely: visible ASCII. OAUTHBEARER separates by control characters.
fn access_token(checks: &mut Checks, text: Secret<String>) -> Option<Secret<String>> {
    let value = text.expose();
    if !(1..=MAX_TOKEN).contains(&value.len()) {
        return checks.refuse("access_token", "must have 1 to 8192 bytes");
    }
    if !value.bytes().all(|b| b.is_ascii_graphic()) {
        return checks.refuse(
            "access_token",
            "must hold visible ASCII characters only: remove spaces and line breaks",
        );
    }
    Some(text)
}

fn folders(checks: &mut Checks, names: Vec<String>) -> Option<Vec<String>> {
    if names.is_empty() {
        return Some(vec!["INBOX".to_owned()]);
    }
    if names.len() > MAX_FOLDERS {
        return checks.refuse(
            "folders",
            "must be at most 16: leave out the least important",
        );
    }
    let mut seen = HashSet::new();
    let mut good = Vec::with_capacity(names.len());
    let given = names.len();
    for (index, name) in names.into_iter().enumerate() {
        let field = format!("folders[{index}]");
        match folder(checks, &field, name) {
            Some(name) if seen.insert(name.clone()) => good.push(name),
            Some(_) => checks.note(&field, "is named twice: name it once"),
            None => {}
        }
    }
    (good.len() == given).then_some(good)
}

/// INBOX is the same folder in every case (RFC 9051, section 5.1).
fn folder(checks: &mut Checks, field: &str, name: String) -> Option<String> {
    if !(1..=MAX_FOLDER_NAME).contains(&name.len()) {
        return checks.refuse(field, "must have 1 to 255 bytes");
    }
    if name.eq_ignore_ascii_case("INBOX") {
        return Some("INBOX".to_owned());
    }
    checks.text(field, name, 1..=MAX_FOLDER_NAME)
}

fn content(checks: &mut Checks, number: i32) -> Option<ContentLevel> {
    match pb::ContentLevel::try_from(number) {
        Ok(pb::ContentLevel::Unspecified | pb::ContentLevel::Preview) => {
            Some(ContentLevel::Preview)
        }
        Ok(pb::ContentLevel::Headers) => Some(ContentLevel::Headers),
        Ok(pb::ContentLevel::Signal) => Some(ContentLevel::Signal),
        Err(_) => checks.refuse("content", "must be SIGNAL, HEADERS or PREVIEW"),
    }
}

fn events(checks: &mut Checks, number: i32) -> Option<EventScope> {
    match pb::EventScope::try_from(number) {
        Ok(pb::EventScope::Unspecified | pb::EventScope::New) => Some(EventScope::New),
        Ok(pb::EventScope::All) => Some(EventScope::All),
        Err(_) => checks.refuse("events", "must be NEW or ALL"),
    }
}
