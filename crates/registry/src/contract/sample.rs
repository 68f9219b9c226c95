//! Things to put into a registry. Everything follows from small numbers, so that tests read plainly.

use crate::{
    Checkpoint, Device, NewAccount, Page, Registry, RegistryErrorKind, ShardFlush, Tenant,
};
use pushmail_domain::{
    Account, AccountId, AccountPhase, AccountStatus, Collection, ContentLevel, Cursor, DeviceId,
    Endpoint, Epoch, EventScope, Folder, FolderCursor, FolderId, ItemClass, Position, Protocol,
    Rejections, Security, Shard, SyncCursor, TenantId, Timestamp, UpstreamSpec,
};
use std::fmt::Debug;

/// 16 bytes made of `number`.
const fn bytes(number: u32) -> [u8; 16] {
    let [a, b, c, d] = number.to_be_bytes();
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]
}

/// The id of tenant `number`.
pub const fn tenant_id(number: u32) -> TenantId {
    TenantId::from_bytes(bytes(number))
}

/// The id of account `number`.
pub const fn account_id(number: u32) -> AccountId {
    AccountId::from_bytes(bytes(number))
}

/// The id of device `number`.
pub const fn device_id(number: u32) -> DeviceId {
    DeviceId::from_bytes(bytes(number))
}

/// A moment: `number` seconds into 2026.
pub const fn moment(number: u32) -> Timestamp {
    Timestamp::from_micros(1_767_225_600_000_000 + number as i64 * 1_000_000)
}

/// Tenant `number`.
pub fn tenant(number: u32) -> Tenant {
    Tenant {
        id: tenant_id(number),
        name: format!("Tenant {number}"),
        keys: vec![number.to_be_bytes()[3]; 124],
        created_at: moment(number),
    }
}

/// One of two, by the number.
fn protocol(number: u32) -> Protocol {
    match number % 2 {
        0 => Protocol::Imap,
        _ => Protocol::Eas {
            path: "/Microsoft-Server-“ActiveSync”".to_owned(),
        },
    }
}

/// Account `number`: with two folders, and nothing left at its default.
pub fn new_account(number: u32) -> NewAccount {
    NewAccount {
        id: account_id(number),
        address: format!("user{number}@example.org"),
        upstream: UpstreamSpec {
            protocol: protocol(number),
            endpoint: Endpoint {
                host: "imap.example.org".to_owned(),
                port: 143,
                security: Security::StartTls,
            },
            user: format!("user{number}"),
        },
        credential: vec![number.to_be_bytes()[3], 0, 0xff],
        selection: vec!["INBOX".to_owned(), "Entwürfe/“alt”".to_owned()],
        content: ContentLevel::Headers,
        events: EventScope::All,
        created_at: moment(number),
    }
}

/// The folder of account `number` with this name, its first or its second.
pub fn folder(number: u32, half: u32, name: &str) -> Folder {
    let collection = (half == 1).then(|| Collection {
        server_id: format!("mail%2F{number}"),
        class: ItemClass::Message,
    });
    Folder {
        collection: collection.map(Box::new),
        ..Folder::new(FolderId::from_bytes(bytes(number * 2 + half)), name)
    }
}

/// Device `number` of `tenant`, with `accounts`.
pub fn device(tenant: TenantId, number: u32, accounts: &[u32]) -> Device {
    Device {
        id: device_id(number),
        tenant,
        name: format!("Device {number}"),
        accounts: accounts.iter().copied().map(account_id).collect(),
        created_at: moment(number),
    }
}

/// A checkpoint of account `number` after `version` events.
pub fn checkpoint(number: u32, version: u64) -> Checkpoint {
    let folder = |half| FolderCursor {
        folder: FolderId::from_bytes(bytes(number * 2 + half)),
        uid_validity: u32::MAX,
        uid_next: (1 << 32) - version,
        mod_seq: version * 3,
        read_at: moment(number),
        rebuilt_below: version * 2,
    };
    let sync = |folder| SyncCursor {
        folder,
        key: format!("{{“{version}”}}").into(),
        generation: number,
        read_at: moment(number),
    };
    let syncs = [None, Some(FolderId::from_bytes(bytes(number)))].map(sync);
    Checkpoint {
        account: account_id(number),
        cursor: Cursor::new(version, [folder(0), folder(1)]).with_syncs(syncs),
        status: AccountStatus {
            phase: AccountPhase::Retrying,
            detail: format!("the server “ends” it after {version}"),
            since: moment(number),
            rejections: Rejections {
                count: number,
                last_at: moment(number + 1),
                version: u64::from(number) * 7,
            },
        },
        memory: None,
    }
}

/// Shard `number`.
pub fn shard(number: u16) -> Shard {
    Shard::new(number).unwrap()
}

/// An epoch of generation 1.
pub const fn epoch(fence: u64) -> Epoch {
    Epoch {
        generation: 1,
        fence,
    }
}

/// What shard `number` flushes at epoch `fence` and sequence `sequence`.
pub fn flush(number: u16, fence: u64, sequence: u64, accounts: Vec<Checkpoint>) -> ShardFlush {
    let shard = shard(number);
    ShardFlush {
        shard,
        epoch: epoch(fence),
        position: Position {
            stream: shard.stream(),
            generation: 1,
            sequence,
        },
        accounts,
    }
}

/// Makes tenants with these numbers.
pub async fn with_tenants(registry: &dyn Registry, numbers: &[u32]) {
    for number in numbers {
        registry.create_tenant(tenant(*number), None).await.unwrap();
    }
}

/// Makes accounts with these numbers; the tenant has to exist.
pub async fn with_accounts(registry: &dyn Registry, owner: u32, numbers: &[u32]) -> Vec<Account> {
    let mut made = Vec::new();
    for number in numbers {
        let account = registry
            .create_account(tenant_id(owner), new_account(*number), None)
            .await
            .unwrap();
        made.push(account);
    }
    made
}

/// A page of `limit` after `after`.
pub const fn page<Id>(after: Option<Id>, limit: u32) -> Page<Id> {
    Page { after, limit }
}

/// Panics unless the operation failed in this way.
#[track_caller]
pub fn fails<T: Debug>(result: crate::Result<T>, kind: RegistryErrorKind) {
    assert_eq!(result.unwrap_err().kind, kind);
}
