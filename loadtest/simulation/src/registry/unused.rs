//! The ports of the registry of which a watcher uses little.

use super::Adapter;
use super::adapter::Result;
use async_trait::async_trait;
use pushmail_domain::{Account, AccountId, DesiredState, DeviceId, Folder, Shard, TenantId};
use pushmail_registry::{
    AccountChange, AccountUpdate, Accounts, Device, Devices, NewAccount, Page, RegistryError,
    RegistryErrorKind, Settings, Tenant, Tenants,
};

/// What no watcher asks for is not there.
fn not_there<T>() -> Result<T> {
    Err(RegistryError::new(RegistryErrorKind::NotFound))
}

#[async_trait]
impl Tenants for Adapter {
    async fn create_tenant(&self, _tenant: Tenant, _request_id: Option<&str>) -> Result<Tenant> {
        not_there()
    }

    async fn tenant(&self, tenant: TenantId) -> Result<Option<Tenant>> {
        self.ask(move |server| Some(server.tenant()).filter(|row| row.id == tenant))
            .await
    }

    async fn list_tenants(&self, _page: Page<TenantId>) -> Result<Vec<Tenant>> {
        not_there()
    }

    async fn delete_tenant(&self, _tenant: TenantId) -> Result<()> {
        not_there()
    }
}

#[async_trait]
impl Accounts for Adapter {
    async fn create_account(
        &self,
        _tenant: TenantId,
        _account: NewAccount,
        _request_id: Option<&str>,
    ) -> Result<Account> {
        not_there()
    }

    async fn account(&self, _tenant: TenantId, _account: AccountId) -> Result<Option<Account>> {
        not_there()
    }

    async fn list_accounts(
        &self,
        _tenant: TenantId,
        _page: Page<AccountId>,
    ) -> Result<Vec<Account>> {
        not_there()
    }

    async fn set_desired(
        &self,
        _tenant: TenantId,
        _account: AccountId,
        _desired: DesiredState,
    ) -> Result<Account> {
        not_there()
    }

    async fn update_account(
        &self,
        _tenant: TenantId,
        _account: AccountId,
        _update: AccountUpdate,
    ) -> Result<Account> {
        not_there()
    }

    async fn set_folders(
        &self,
        _tenant: TenantId,
        account: AccountId,
        _selection: &[String],
        folders: &[Folder],
    ) -> Result<()> {
        let folders = folders.to_vec();
        self.ask(move |server| server.set_folders(account, &folders))
            .await
    }

    async fn wipe_account(&self, _tenant: TenantId, _account: AccountId) -> Result<()> {
        not_there()
    }

    async fn delete_account(&self, _tenant: TenantId, _account: AccountId) -> Result<()> {
        not_there()
    }

    async fn credential(&self, _tenant: TenantId, _account: AccountId) -> Result<Option<Vec<u8>>> {
        not_there()
    }

    async fn account_changes(&self, _version: u64, _limit: u32) -> Result<Vec<AccountChange>> {
        not_there()
    }

    async fn shard_changes(
        &self,
        shards: &[Shard],
        after: u64,
        _limit: u32,
    ) -> Result<Vec<AccountChange>> {
        let shards = shards.to_vec();
        self.ask(move |server| server.shard_changes(&shards, after))
            .await
    }

    async fn shard_counts(&self) -> Result<Vec<(Shard, u64)>> {
        not_there()
    }
}

#[async_trait]
impl Devices for Adapter {
    async fn create_device(&self, _device: Device, _request_id: Option<&str>) -> Result<Device> {
        not_there()
    }

    async fn device(&self, _tenant: TenantId, _device: DeviceId) -> Result<Option<Device>> {
        not_there()
    }

    async fn list_devices(&self, _tenant: TenantId, _page: Page<DeviceId>) -> Result<Vec<Device>> {
        not_there()
    }

    async fn delete_device(&self, _tenant: TenantId, _device: DeviceId) -> Result<()> {
        not_there()
    }

    async fn set_token(&self, _tenant: TenantId, _device: DeviceId, _hash: [u8; 32]) -> Result<()> {
        not_there()
    }

    async fn token(&self, _tenant: TenantId, _device: DeviceId) -> Result<Option<[u8; 32]>> {
        not_there()
    }
}

#[async_trait]
impl Settings for Adapter {
    async fn setting(&self, _name: &str) -> Result<Option<Vec<u8>>> {
        not_there()
    }

    async fn setting_or_insert(&self, _name: &str, _value: &[u8]) -> Result<Vec<u8>> {
        not_there()
    }

    async fn set_setting(&self, _name: &str, _value: &[u8]) -> Result<()> {
        not_there()
    }
}
