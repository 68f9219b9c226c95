//! A gateway on one machine is backed up while mail comes, and begins again from the backup.

use crate::support::{Config, Ended, Gateway, Listener, mail, mailsim, pushmail, run, until};
use pushmail_mailsim::Mailsim;

const USER: &str = "ann@tenant1.test";

/// A gateway that watches one mailbox.
struct World {
    server: Mailsim,
    gateway: Gateway,
    tenant: String,
    account: String,
    sent: usize,
}

impl World {
    async fn start() -> Self {
        let server = mailsim().await;
        let gateway = Gateway::start(&Config {
            ca_pem: server.ca_pem().to_owned(),
            on_one_machine: true,
            ..Config::default()
        })
        .await;
        let tenant = gateway.tenant("acme").await;
        let url = format!("imaps://{USER}@localhost:{}", server.addr().port());
        let account = gateway
            .account(&tenant, &url, &["--password-env", "PW"])
            .await;
        let world = Self {
            server,
            gateway,
            tenant,
            account,
            sent: 0,
        };
        world.watched().await;
        world
    }

    async fn watched(&self) {
        until(async || match self.server.idling() {
            1 => Ok(()),
            idling => Err(format!("{idling} connections idle")),
        })
        .await;
    }

    async fn device(&self) -> Listener {
        Listener::start(&self.gateway, &self.tenant, &self.account).await
    }

    /// So many more mails; their Message-IDs.
    fn deliver(&mut self, count: usize) -> Vec<String> {
        let numbers = self.sent..self.sent + count;
        self.sent = numbers.end;
        let send = |number| {
            let (id, raw) = mail(&format!("mail {number}"));
            self.server.deliver(USER, raw);
            id
        };
        numbers.map(send).collect()
    }

    /// Runs `pushmail backup` or `restore` on this gateway's data.
    async fn copy(&self, command: &str, folder: &std::path::Path) -> Ended {
        let mut copying = pushmail();
        copying.arg(command).arg(folder);
        run(copying.arg("--data").arg(self.gateway.data())).await
    }

    /// Loses the databases, as with their disk.
    fn lose_data(&self) {
        for name in ["registry.db", "events.db"] {
            for more in ["", "-wal", "-shm"] {
                let file = self.gateway.data().join(format!("{name}{more}"));
                drop(std::fs::remove_file(file));
            }
        }
        assert!(!self.gateway.data().join("registry.db").exists());
    }
}

#[tokio::test]
async fn a_backup_made_while_mail_comes_is_begun_from_and_nothing_is_lost() {
    let mut world = World::start().await;
    let (mut here, mut away) = (world.device().await, world.device().await);
    let before = world.deliver(5);
    for device in [&mut here, &mut away] {
        assert_eq!(device.receives_all(&before).await, 0);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backup = folder.path().join("backup");
    let mut meanwhile = world.deliver(5);
    let made = world.copy("backup", &backup).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(!backup.join("master.key").exists());
    meanwhile.extend(world.deliver(5));
    for device in [&mut here, &mut away] {
        assert_eq!(device.receives_all(&meanwhile).await, 0);
    }
    // It knows more of the log than the backup does.
    assert_eq!(away.interrupt().await, Some(0));

    world.gateway.kill().await;
    let refused = world.copy("restore", &backup).await;
    assert_eq!(refused.code, Some(1), "what is there is not overwritten");
    world.lose_data();
    let restored = world.copy("restore", &backup).await;
    assert_eq!(restored.code, Some(0), "{restored:?}");
    let down = world.deliver(5);
    world.gateway.restart().await;
    world.watched().await;
    assert!(
        here.receives_all(&down).await > 0,
        "nobody said that something is missing"
    );

    // The log has grown past what the other device knew of it.
    let after = world.deliver(20);
    here.receives_all(&after).await;
    away.restart(&world.gateway).await;
    let all = [&down[..], &after].concat();
    assert!(
        away.receives_all(&all).await > 0,
        "nobody said that something is missing"
    );

    let mut new = world.device().await;
    let last = world.deliver(1);
    assert_eq!(new.receives_all(&last).await, 0);
}

#[tokio::test]
async fn a_backup_needs_its_master_key() {
    let world = World::start().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (without, with) = (folder.path().join("without"), folder.path().join("with"));
    assert_eq!(world.copy("backup", &without).await.code, Some(0));
    let mut backup = pushmail();
    backup.arg("backup").arg(&with).arg("--with-master-key");
    let made = run(backup.arg("--data").arg(world.gateway.data())).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    for (backup, has_key) in [(without, false), (with, true)] {
        let target = folder.path().join(format!("restored-{has_key}"));
        let mut restore = pushmail();
        let restored = run(restore
            .arg("restore")
            .arg(&backup)
            .arg("--data")
            .arg(&target))
        .await;
        assert_eq!(restored.code, Some(0), "{restored:?}");
        assert_eq!(target.join("master.key").exists(), has_key);
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(target.join("events.db"))
                .expect("it is there")
                .permissions(),
        );
        assert_eq!(mode & 0o077, 0, "others may read it");
    }
}
