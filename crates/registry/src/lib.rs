//! The registry: tenants, accounts, devices, checkpoints, settings, subscriptions, generations.
//!
//! Eight small ports; an adapter implements all of them and passes the suite in [`contract`].
//! [`Subscriptions`], [`Generations`] and [`WrappedKeys`] stand beside [`Registry`]: only the service of tenants'
//! backends needs the first, only an event log shared by many processes the second, only who replaces the master key the third.
//! Every method for tenants' data takes a [`TenantId`] (invariant 6). The exceptions are named in
//! their documentation: they serve the watcher, which works by shard.

pub mod contract;
pub mod error;
mod generations;
mod keys;
mod subscriptions;

pub use error::{RegistryError, RegistryErrorKind};
pub use generations::{Generations, StreamGenerations};
pub use keys::WrappedKeys;
pub use subscriptions::{
    MAX_ACKED_ABOVE, Mark, Moved, Subscription, Subscriptions, TakenSubscription,
};

use async_trait::async_trait;
use pushmail_domain::{
    Account, AccountId, AccountStatus, ContentLevel, Cursor, DesiredState, DeviceId, Epoch,
    EventScope, Folder, Position, Shard, TenantId, Timestamp, UpstreamSpec,
};

/// All of the registry, but for [`Subscriptions`], [`Generations`] and [`WrappedKeys`].
pub trait Registry: Tenants + Accounts + Devices + Checkpoints + Settings {}
impl<T: Tenants + Accounts + Devices + Checkpoints + Settings> Registry for T {}

type Result<T> = std::result::Result<T, RegistryError>;

/// A page of a list: what comes after an id, in the order of creation.
#[derive(Debug, Clone, Copy)]
pub struct Page<Id> {
    /// The last id of the page before; `None` for the first page. The list answers `NotFound` if it
    /// is gone since: better to start again than to end early.
    pub after: Option<Id>,
    /// At most this many, 1 to 1000.
    pub limit: u32,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its identity.
    pub id: TenantId,
    /// Its name, for people.
    pub name: String,
    /// Its data keys, wrapped by the master key (invariant 7); opaque here.
    pub keys: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An account to be made: everything that the registry does not decide.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its identity.
    pub id: AccountId,
    /// The mailbox's address, for people.
    pub address: String,
    /// Where and as whom to log in.
    pub upstream: UpstreamSpec,
    /// The credential, sealed; opaque here.
    pub credential: Vec<u8>,
    /// The folders to watch, at least one: see [`Account::selection`].
    pub selection: Vec<String>,
    /// How much of each mail to send.
    pub content: ContentLevel,
    /// Which events to send.
    pub events: EventScope,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What an operator changes of an account; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct AccountUpdate {
    /// The mailbox's address, for people.
    pub address: Option<String>,
    /// The credential, sealed; opaque here.
    pub credential: Option<Vec<u8>>,
    /// The folders to watch, at least one.
    pub selection: Option<Vec<String>>,
    /// How much of each mail to send.
    pub content: Option<ContentLevel>,
    /// Which events to send.
    pub events: Option<EventScope>,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its identity.
    pub id: DeviceId,
    /// Its owner.
    pub tenant: TenantId,
    /// Its name, for people.
    pub name: String,
    /// The accounts it receives, 1 to 64.
    pub accounts: Vec<AccountId>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An entry of the accounts' change feed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all changes are of the large variant"
)]
pub enum AccountChange {
    /// The account was made or changed; this is how it is now.
    Upserted(Account),
    /// The account was deleted.
    Deleted {
        /// Its owner.
        tenant: TenantId,
        /// Which.
        account: AccountId,
        /// The change's place in the feed.
        version: u64,
    },
}

impl AccountChange {
    /// The change's place in the feed.
    pub const fn version(&self) -> u64 {
        match self {
            Self::Upserted(account) => account.version,
            Self::Deleted { version, .. } => *version,
        }
    }
}

/// Tenants.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// Makes a tenant. With a `request_id` seen before, returns the tenant made then.
    async fn create_tenant(&self, tenant: Tenant, request_id: Option<&str>) -> Result<Tenant>;
    /// The tenant, if it exists.
    async fn tenant(&self, tenant: TenantId) -> Result<Option<Tenant>>;
    /// All tenants, oldest first.
    async fn list_tenants(&self, page: Page<TenantId>) -> Result<Vec<Tenant>>;
    /// Removes the tenant with its keys, accounts and devices; each account enters the change feed
    /// as deleted. `NotFound` if there is none.
    async fn delete_tenant(&self, tenant: TenantId) -> Result<()>;
}

/// Accounts.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Makes an account. `InvalidReference` if there is no such tenant. With a `request_id` seen
    /// before in this tenant, returns the account made then.
    async fn create_account(
        &self,
        tenant: TenantId,
        account: NewAccount,
        request_id: Option<&str>,
    ) -> Result<Account>;
    /// The account, if the tenant has it.
    async fn account(&self, tenant: TenantId, account: AccountId) -> Result<Option<Account>>;
    /// The tenant's accounts, oldest first.
    async fn list_accounts(&self, tenant: TenantId, page: Page<AccountId>) -> Result<Vec<Account>>;
    /// Sets what the operator wants, and raises the version even if it is wanted already.
    async fn set_desired(
        &self,
        tenant: TenantId,
        account: AccountId,
        desired: DesiredState,
    ) -> Result<Account>;
    /// Changes the account, and raises the version even if nothing differs.
    async fn update_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        update: AccountUpdate,
    ) -> Result<Account>;
    /// Notes which folders the account's selection stood for when its server was asked, for watchers. The
    /// version stays. Nothing is stored if the selection is another one by now; `NotFound` if there is
    /// no such account.
    async fn set_folders(
        &self,
        tenant: TenantId,
        account: AccountId,
        selection: &[String],
        folders: &[Folder],
    ) -> Result<()>;
    /// Erases the account's credential, of which an empty one is left, and the names of its folders. The version stays.
    /// `NotFound` if there is no such account.
    async fn wipe_account(&self, tenant: TenantId, account: AccountId) -> Result<()>;
    /// Removes the account, its credential and its checkpoint. `NotFound` if there is none.
    async fn delete_account(&self, tenant: TenantId, account: AccountId) -> Result<()>;
    /// The sealed credential, if the tenant has the account.
    async fn credential(&self, tenant: TenantId, account: AccountId) -> Result<Option<Vec<u8>>>;
    /// The change feed of all tenants, for watchers: changes above `version`, in order, at most
    /// `limit`. From 0 it lists every existing account.
    async fn account_changes(&self, version: u64, limit: u32) -> Result<Vec<AccountChange>>;
    /// The change feed of these shards: changes of their accounts above `after`, in order, at most
    /// `limit`. From 0 it lists every existing account of them.
    async fn shard_changes(
        &self,
        shards: &[Shard],
        after: u64,
        limit: u32,
    ) -> Result<Vec<AccountChange>>;
    /// How many accounts each shard has, of all tenants, for operators; in the order of shards, those
    /// without any left out.
    async fn shard_counts(&self) -> Result<Vec<(Shard, u64)>>;
}

/// Devices.
#[async_trait]
pub trait Devices: Send + Sync {
    /// Makes a device. `InvalidReference` if there is no such tenant or an account is not its own.
    /// With a `request_id` seen before in this tenant, returns the device made then.
    async fn create_device(&self, device: Device, request_id: Option<&str>) -> Result<Device>;
    /// The device, if the tenant has it. Accounts deleted since are left out.
    async fn device(&self, tenant: TenantId, device: DeviceId) -> Result<Option<Device>>;
    /// The tenant's devices, oldest first.
    async fn list_devices(&self, tenant: TenantId, page: Page<DeviceId>) -> Result<Vec<Device>>;
    /// Removes the device and its token. `NotFound` if there is none.
    async fn delete_device(&self, tenant: TenantId, device: DeviceId) -> Result<()>;
    /// Stores the hash of the device's token; the one before stops working.
    async fn set_token(&self, tenant: TenantId, device: DeviceId, hash: [u8; 32]) -> Result<()>;
    /// The hash of the device's token, if it has one.
    async fn token(&self, tenant: TenantId, device: DeviceId) -> Result<Option<[u8; 32]>>;
}

/// A flushed cursor and status of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The account.
    pub account: AccountId,
    /// How far it had been read.
    pub cursor: Cursor,
    /// Where it stood.
    pub status: AccountStatus,
    /// What is remembered of its messages, encoded; `None` leaves what is stored.
    pub memory: Option<Vec<u8>>,
}

/// A shard's checkpoint as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShardCheckpoint {
    /// The log position that the cursors include, if one was ever flushed.
    pub position: Option<Position>,
    /// The cursors of the shard's accounts, without their memories.
    pub accounts: Vec<Checkpoint>,
}

/// What one shard has to flush.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardFlush {
    /// The shard.
    pub shard: Shard,
    /// The right by which the watcher writes for it.
    pub epoch: Epoch,
    /// The log position that the cursors include.
    pub position: Position,
    /// The accounts that changed; may be empty.
    pub accounts: Vec<Checkpoint>,
}

/// What became of a [`ShardFlush`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flushed {
    /// It is durable.
    Stored,
    /// A newer epoch has flushed the shard before: nothing of it was stored.
    StaleEpoch,
}

/// Checkpoints, by shard, of all tenants: for watchers.
#[async_trait]
pub trait Checkpoints: Send + Sync {
    /// The log position that the shard's cursors include, if one was ever flushed.
    async fn shard_position(&self, shard: Shard) -> Result<Option<Position>>;
    /// What was flushed last for the shard.
    async fn load_shard(&self, shard: Shard) -> Result<ShardCheckpoint>;
    /// What was flushed last of these accounts' memories, in no order; accounts without one are left out.
    /// Only the owner of their shards may go by it.
    async fn memories(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, Vec<u8>)>>;
    /// Stores the shards' cursors, statuses and positions in one transaction, so that a flush of
    /// many shards costs one fsync. A shard that a newer epoch has flushed before is passed over
    /// and answered with [`Flushed::StaleEpoch`] (invariant 3); the others are stored all the same.
    /// Accounts that no longer exist are passed over. The answers come in the order of `flushes`.
    async fn flush(&self, flushes: &[ShardFlush]) -> Result<Vec<Flushed>>;
}

/// Small values that belong to the whole installation.
#[async_trait]
pub trait Settings: Send + Sync {
    /// The value, if it was ever set.
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>>;
    /// Sets the value if there is none yet, and returns the one that stands.
    async fn setting_or_insert(&self, name: &str, value: &[u8]) -> Result<Vec<u8>>;
    /// Sets the value.
    async fn set_setting(&self, name: &str, value: &[u8]) -> Result<()>;
}
