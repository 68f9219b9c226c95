//! The registry, whose answers about devices can be replaced by none.

use async_trait::async_trait;
use pushmail_domain::{
    Account, AccountId, DesiredState, DeviceId, Folder, Position, Shard, TenantId,
};
use pushmail_registry::{
    AccountChange, AccountUpdate, Accounts, Checkpoints, Device, Devices, Flushed, NewAccount,
    Page, RegistryError, RegistryErrorKind, Settings, ShardCheckpoint, ShardFlush, Tenant, Tenants,
};
use pushmail_registry_sql::SqlRegistry;
use std::sync::Arc;
use tokio::sync::watch;

type Result<T> = std::result::Result<T, RegistryError>;

/// What questions about devices get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The registry's answer.
    Answer,
    /// An error at once.
    Failure,
    /// Nothing, until that changes.
    Silence,
}

/// A registry out of reach, or not.
pub(crate) struct Replaced {
    inner: Arc<SqlRegistry>,
    reply: watch::Sender<Reply>,
    /// How many questions got no answer so far.
    unanswered: watch::Sender<usize>,
}

impl Replaced {
    pub(crate) fn new(inner: Arc<SqlRegistry>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            reply: watch::Sender::new(Reply::Answer),
            unanswered: watch::Sender::new(0),
        })
    }

    pub(crate) fn reply(&self, reply: Reply) {
        self.reply.send_replace(reply);
    }

    /// How many questions got no answer so far.
    pub(crate) fn unanswered(&self) -> usize {
        *self.unanswered.borrow()
    }

    /// Waits until so many questions got no answer.
    pub(crate) async fn until_unanswered(&self, enough: usize) {
        let mut unanswered = self.unanswered.subscribe();
        let waiting = unanswered.wait_for(|count| *count >= enough);
        let waited = tokio::time::timeout(crate::harness::PATIENCE, waiting).await;
        waited.expect("sessions ask on").unwrap();
    }

    async fn pass(&self) -> Result<()> {
        let mut reply = self.reply.subscribe();
        if *reply.borrow() != Reply::Answer {
            self.unanswered.send_modify(|count| *count += 1);
        }
        match *reply
            .wait_for(|reply| *reply != Reply::Silence)
            .await
            .unwrap()
        {
            Reply::Failure => Err(RegistryError::new(RegistryErrorKind::Unavailable)),
            _ => Ok(()),
        }
    }
}

fn not_asked() -> ! {
    panic!("delivery has no business with this")
}

#[async_trait]
impl Devices for Replaced {
    async fn create_device(&self, _: Device, _: Option<&str>) -> Result<Device> {
        not_asked()
    }

    async fn device(&self, tenant: TenantId, device: DeviceId) -> Result<Option<Device>> {
        self.pass().await?;
        self.inner.device(tenant, device).await
    }

    async fn list_devices(&self, _: TenantId, _: Page<DeviceId>) -> Result<Vec<Device>> {
        not_asked()
    }

    async fn delete_device(&self, _: TenantId, _: DeviceId) -> Result<()> {
        not_asked()
    }

    async fn set_token(&self, _: TenantId, _: DeviceId, _: [u8; 32]) -> Result<()> {
        not_asked()
    }

    async fn token(&self, tenant: TenantId, device: DeviceId) -> Result<Option<[u8; 32]>> {
        self.pass().await?;
        self.inner.token(tenant, device).await
    }
}

#[async_trait]
impl Tenants for Replaced {
    async fn create_tenant(&self, _: Tenant, _: Option<&str>) -> Result<Tenant> {
        not_asked()
    }

    async fn tenant(&self, tenant: TenantId) -> Result<Option<Tenant>> {
        self.inner.tenant(tenant).await
    }

    async fn list_tenants(&self, _: Page<TenantId>) -> Result<Vec<Tenant>> {
        not_asked()
    }

    async fn delete_tenant(&self, _: TenantId) -> Result<()> {
        not_asked()
    }
}

#[async_trait]
impl Accounts for Replaced {
    async fn create_account(&self, _: TenantId, _: NewAccount, _: Option<&str>) -> Result<Account> {
        not_asked()
    }

    async fn account(&self, _: TenantId, _: AccountId) -> Result<Option<Account>> {
        not_asked()
    }

    async fn list_accounts(&self, _: TenantId, _: Page<AccountId>) -> Result<Vec<Account>> {
        not_asked()
    }

    async fn set_desired(&self, _: TenantId, _: AccountId, _: DesiredState) -> Result<Account> {
        not_asked()
    }

    async fn update_account(&self, _: TenantId, _: AccountId, _: AccountUpdate) -> Result<Account> {
        not_asked()
    }

    async fn set_folders(
        &self,
        _: TenantId,
        _: AccountId,
        _: &[String],
        _: &[Folder],
    ) -> Result<()> {
        not_asked()
    }

    async fn wipe_account(&self, _: TenantId, _: AccountId) -> Result<()> {
        not_asked()
    }

    async fn delete_account(&self, _: TenantId, _: AccountId) -> Result<()> {
        not_asked()
    }

    async fn credential(&self, _: TenantId, _: AccountId) -> Result<Option<Vec<u8>>> {
        not_asked()
    }

    async fn account_changes(&self, _: u64, _: u32) -> Result<Vec<AccountChange>> {
        not_asked()
    }

    async fn shard_changes(&self, _: &[Shard], _: u64, _: u32) -> Result<Vec<AccountChange>> {
        not_asked()
    }

    async fn shard_counts(&self) -> Result<Vec<(Shard, u64)>> {
        not_asked()
    }
}

#[async_trait]
impl Checkpoints for Replaced {
    async fn shard_position(&self, _: Shard) -> Result<Option<Position>> {
        not_asked()
    }

    async fn load_shard(&self, _: Shard) -> Result<ShardCheckpoint> {
        not_asked()
    }

    async fn memories(&self, _: &[AccountId]) -> Result<Vec<(AccountId, Vec<u8>)>> {
        not_asked()
    }

    async fn flush(&self, _: &[ShardFlush]) -> Result<Vec<Flushed>> {
        not_asked()
    }
}

#[async_trait]
impl Settings for Replaced {
    async fn setting(&self, _: &str) -> Result<Option<Vec<u8>>> {
        not_asked()
    }

    async fn setting_or_insert(&self, _: &str, _: &[u8]) -> Result<Vec<u8>> {
        not_asked()
    }

    async fn set_setting(&self, _: &str, _: &[u8]) -> Result<()> {
        not_asked()
    }
}
