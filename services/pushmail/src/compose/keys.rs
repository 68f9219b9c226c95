//! Whether the master key is the one that the data was made with.

use anyhow::{Context as _, bail};
use pushmail_domain::{Entropy, TenantId};
use pushmail_registry::{Page, Registry, RegistryErrorKind, Settings, Tenant, WrappedKeys};
use pushmail_seal::{MasterKey, rewrap_tenant_keys};
use serde::Serialize;

/// The setting by which the data's master key is known again.
const SETTING: &str = "master_key_check";
/// How many tenants are read at once.
const PAGE: u32 = 500;

/// What the setting holds for a key.
fn check_of(master: &MasterKey) -> [u8; 32] {
    *master.derive("master-key-check").expose()
}

/// Refuses master keys that the data was not made with, before anything fails one by one. That the one is
/// accepted which is going to be replaced is enough.
pub(super) async fn check(registry: &dyn Settings, master: &MasterKey) -> anyhow::Result<()> {
    let ours = check_of(master);
    let kept = registry.setting_or_insert(SETTING, &ours).await?;
    let accepted = master.accepted().map(|other| check_of(&other));
    if kept != ours && accepted.is_none_or(|accepted| kept != accepted) {
        bail!("this is not the master key that the data was made with: restore that one");
    }
    Ok(())
}

/// What became of the tenants' keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Rotated {
    /// Wrapped by the new master key now.
    pub(crate) rewrapped: u64,
    /// Those that were already.
    pub(crate) already: u64,
    /// Those that neither key opens; they are as they were.
    pub(crate) unreadable: Vec<String>,
    /// Whether something was not as it has to stay: another pass looks again.
    #[serde(skip)]
    again: bool,
}

/// Wraps every tenant's keys by the master key itself, instead of the one that is accepted, and makes it the data's. Processes that accept
/// both go on meanwhile. Whatever ends it, it can be done again.
///
/// # Errors
/// If the registry fails, or the data was made with neither key.
pub(crate) async fn rotate(
    registry: &(impl Registry + WrappedKeys),
    master: &MasterKey,
    entropy: &dyn Entropy,
) -> anyhow::Result<Rotated> {
    check(registry, master).await?;
    let mut all = Rotated::default();
    loop {
        let pass = pass(registry, master, entropy).await?;
        all.rewrapped += pass.rewrapped;
        all.already = pass.already.saturating_sub(all.rewrapped);
        // Of what was made or changed meanwhile, another pass knows.
        if !pass.again {
            all.unreadable = pass.unreadable;
            break;
        }
    }
    if all.unreadable.is_empty() {
        registry.set_setting(SETTING, &check_of(master)).await?;
    }
    Ok(all)
}

async fn pass(
    registry: &(impl Registry + WrappedKeys),
    master: &MasterKey,
    entropy: &dyn Entropy,
) -> anyhow::Result<Rotated> {
    let mut done = Rotated::default();
    let mut after = None;
    loop {
        let page = Page { after, limit: PAGE };
        let tenants = match registry.list_tenants(page).await {
            // The page's last tenant is gone since: from the beginning, where most are done.
            Err(error) if error.kind == RegistryErrorKind::NotFound => {
                after = None;
                (done.already, done.unreadable) = (0, Vec::new());
                continue;
            }
            tenants => tenants.context("the tenants cannot be listed")?,
        };
        let Some(last) = tenants.last() else {
            return Ok(done);
        };
        after = Some(last.id);
        for tenant in &tenants {
            rewrap(registry, master, entropy, tenant, &mut done).await?;
        }
    }
}

async fn rewrap(
    registry: &impl WrappedKeys,
    master: &MasterKey,
    entropy: &dyn Entropy,
    tenant: &Tenant,
    done: &mut Rotated,
) -> anyhow::Result<()> {
    let id: TenantId = tenant.id;
    match rewrap_tenant_keys(&tenant.keys, master, id, entropy) {
        Ok(None) => done.already += 1,
        Ok(Some(keys)) => {
            let replaced = registry.replace_keys(id, &tenant.keys, &keys).await?;
            done.rewrapped += u64::from(replaced);
            done.again = true;
        }
        Err(_) => done.unreadable.push(id.to_string()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::Timestamp;
    use pushmail_registry::Tenants as _;
    use pushmail_registry_sql::SqlRegistry;
    use pushmail_runtime::SystemEntropy;
    use pushmail_seal::TenantKeys;

    struct World {
        registry: SqlRegistry,
        before: MasterKey,
        both: MasterKey,
        _folder: tempfile::TempDir,
    }

    impl World {
        /// So many tenants, whose keys the one key wraps that is going to be replaced.
        async fn with(tenants: u8) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("registry.db");
            let registry = SqlRegistry::open(&file).await.unwrap();
            let before = MasterKey::generate(&SystemEntropy);
            check(&registry, &before).await.unwrap();
            let world = Self {
                registry,
                both: MasterKey::generate(&SystemEntropy).accepting(&before),
                before,
                _folder: folder,
            };
            for number in 1..=tenants {
                world.tenant(number, &world.before).await;
            }
            world
        }

        /// A tenant whose keys this key wraps.
        async fn tenant(&self, number: u8, master: &MasterKey) {
            let id = TenantId::from_bytes([number; 16]);
            let made = Tenant {
                id,
                name: "acme".into(),
                keys: TenantKeys::generate(&SystemEntropy).wrap(master, id, &SystemEntropy),
                created_at: Timestamp::from_micros(number.into()),
            };
            self.registry.create_tenant(made, None).await.unwrap();
        }

        async fn rotate(&self) -> Rotated {
            let rotated = rotate(&self.registry, &self.both, &SystemEntropy).await;
            rotated.unwrap()
        }

        /// Whether the gateway starts with this key alone.
        async fn starts_with(&self, master: &MasterKey) -> bool {
            check(&self.registry, master).await.is_ok()
        }

        /// The new key, alone.
        fn now(&self) -> MasterKey {
            MasterKey::from_base64(self.both.to_base64().expose()).unwrap()
        }
    }

    fn counts(rotated: &Rotated) -> (u64, u64, usize) {
        let Rotated {
            rewrapped,
            already,
            unreadable,
            ..
        } = rotated;
        (*rewrapped, *already, unreadable.len())
    }

    #[tokio::test]
    async fn a_run_that_was_ended_in_between_is_finished_by_the_next() {
        let world = World::with(5).await;
        for number in [2, 4] {
            let id = TenantId::from_bytes([number; 16]);
            let keys = world.registry.tenant(id).await.unwrap().unwrap().keys;
            let after = rewrap_tenant_keys(&keys, &world.both, id, &SystemEntropy);
            let after = after.unwrap().unwrap();
            let replaced = world.registry.replace_keys(id, &keys, &after).await;
            assert!(replaced.unwrap());
        }
        assert!(world.starts_with(&world.both).await);
        assert!(!world.starts_with(&world.now()).await);
        assert_eq!(counts(&world.rotate().await), (3, 2, 0));
        assert_eq!(counts(&world.rotate().await), (0, 5, 0));
        assert!(world.starts_with(&world.now()).await);
        assert!(!world.starts_with(&world.before).await);
    }

    #[tokio::test]
    async fn keys_that_neither_opens_stay_and_so_does_the_master_key() {
        let world = World::with(2).await;
        world.tenant(3, &MasterKey::generate(&SystemEntropy)).await;
        assert_eq!(counts(&world.rotate().await), (2, 0, 1));
        assert!(!world.starts_with(&world.now()).await);
    }

    #[tokio::test]
    async fn keys_that_changed_since_they_were_read_are_looked_at_again() {
        let world = World::with(3).await;
        let mut done = Rotated::default();
        for tenant in [1, 2, 3] {
            let id = TenantId::from_bytes([tenant; 16]);
            let tenant = world.registry.tenant(id).await.unwrap().unwrap();
            let both = &world.both;
            rewrap(&world.registry, both, &SystemEntropy, &tenant, &mut done)
                .await
                .unwrap();
            // Read before, and replaced since: it has to be looked at again.
            rewrap(&world.registry, both, &SystemEntropy, &tenant, &mut done)
                .await
                .unwrap();
        }
        assert_eq!(counts(&done), (3, 0, 0));
        assert!(done.again);
        assert_eq!(counts(&world.rotate().await), (0, 3, 0));
    }
}
