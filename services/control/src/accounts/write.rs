//! Accounts as the API shows them.

use pushmail_domain::{
    Account, ContentLevel, DesiredState, EventScope, Folder, Protocol, Security, UpstreamSpec,
};
use pushmail_proto::convert::{phase, timestamp};
use pushmail_proto::v1 as pb;

/// The account, without its credential.
pub(super) fn write(account: Account) -> pb::Account {
    let folder = |folder: Folder| pb::Folder {
        id: folder.id.to_string(),
        name: folder.name,
    };
    let (imap, eas) = match account.upstream.protocol {
        Protocol::Imap => (Some(write_imap(account.upstream)), None),
        Protocol::Eas { ref path } => {
            let path = path.clone();
            (None, Some(write_eas(account.upstream, path)))
        }
    };
    pb::Account {
        id: account.id.to_string(),
        tenant: account.tenant.to_string(),
        address: account.address,
        imap,
        eas,
        folders: account.folders.into_iter().map(folder).collect(),
        content: write_content(account.content).into(),
        paused: account.desired == DesiredState::Paused,
        phase: phase(account.status.phase).into(),
        detail: account.status.detail,
        // Before the first phase was entered, since it was registered.
        phase_since: Some(timestamp(account.status.since.max(account.created_at))),
        created_at: Some(timestamp(account.created_at)),
        selection: account.selection,
        events: write_events(account.events).into(),
    }
}

fn write_imap(upstream: UpstreamSpec) -> pb::ImapUpstream {
    let security = match upstream.endpoint.security {
        Security::Tls => pb::Security::Tls,
        Security::StartTls => pb::Security::Starttls,
        Security::Plaintext => pb::Security::Plaintext,
    };
    pb::ImapUpstream {
        host: upstream.endpoint.host,
        port: upstream.endpoint.port.into(),
        security: security.into(),
        user: upstream.user,
    }
}

fn write_eas(upstream: UpstreamSpec, path: String) -> pb::EasUpstream {
    pb::EasUpstream {
        host: upstream.endpoint.host,
        port: upstream.endpoint.port.into(),
        plaintext: upstream.endpoint.security == Security::Plaintext,
        user: upstream.user,
        path,
    }
}

const fn write_content(content: ContentLevel) -> pb::ContentLevel {
    match content {
        ContentLevel::Signal => pb::ContentLevel::Signal,
        ContentLevel::Headers => pb::ContentLevel::Headers,
        ContentLevel::Preview => pb::ContentLevel::Preview,
    }
}

const fn write_events(events: EventScope) -> pb::EventScope {
    match events {
        EventScope::New => pb::EventScope::New,
        EventScope::All => pb::EventScope::All,
    }
}
