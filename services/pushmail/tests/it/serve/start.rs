//! Starting, and ending.

use crate::support::{Config, Gateway, pushmail, run};
use std::os::unix::fs::PermissionsExt as _;

/// For what a data directory shows.
fn on_one_machine() -> Config {
    Config {
        on_one_machine: true,
        ..Config::default()
    }
}

#[tokio::test]
async fn the_first_start_says_where_the_keys_are() {
    let mut gateway = Gateway::start(&on_one_machine()).await;
    for (start, file) in [
        ("master key: made now", "master.key"),
        ("admin key:  made now", "admin.key"),
    ] {
        let path = gateway.data().join(file);
        let line = gateway.said.iter().find(|line| line.starts_with(start));
        let line = line.unwrap_or_else(|| panic!("{start}: not in {:#?}", gateway.said));
        assert!(line.contains(&path.display().to_string()), "{line}");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let key = gateway.admin_key();
    assert!(
        gateway.said.iter().all(|line| !line.contains(key.trim())),
        "a key is not printed"
    );

    assert_eq!(gateway.terminate().await, Some(0));
    gateway.restart().await;
    let said = gateway.said.join("\n");
    assert!(
        said.contains("master key: ") && !said.contains("made now"),
        "{said}"
    );
    assert_eq!(gateway.admin_key(), key);
}

#[tokio::test]
async fn a_second_gateway_on_the_same_data_is_refused() {
    let gateway = Gateway::start(&on_one_machine()).await;
    let ended = gateway.second().await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let said = format!(
        "another `pushmail serve` is running on {}",
        gateway.data().display()
    );
    assert!(ended.stderr.contains(&said), "{ended:?}");
    // The first one does not mind.
    gateway.tenant("acme").await;
}

#[tokio::test]
async fn a_master_key_of_other_data_is_refused() {
    let mut gateway = Gateway::start(&on_one_machine()).await;
    assert_eq!(gateway.terminate().await, Some(0));
    let other = Gateway::start(&on_one_machine()).await;
    let key = |data: std::path::PathBuf| data.join("master.key");
    std::fs::copy(key(other.data()), key(gateway.data())).unwrap();
    let ended = gateway.second().await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("not the master key"), "{ended:?}");
}

#[tokio::test]
async fn what_is_stored_is_readable_by_its_owner_only() {
    let gateway = Gateway::start(&on_one_machine()).await;
    for file in ["events.db", "events.db-wal", "registry.db", "endpoint.json"] {
        let mode = std::fs::metadata(gateway.data().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{file}: {mode:o}");
    }
}

#[tokio::test]
async fn a_lost_admin_key_is_made_anew_and_the_old_one_stops_working() {
    let mut gateway = Gateway::start(&Config::default()).await;
    let old = gateway.admin_key();
    assert_eq!(gateway.terminate().await, Some(0));
    gateway.restart_with(&["--new-admin-key"]).await;
    assert_ne!(gateway.admin_key(), old);
    gateway.tenant("acme").await;
    let file = gateway.data().join("old.key");
    std::fs::write(&file, old).unwrap();
    let refusal = gateway
        .refusal(&["tenant", "list", "--key-file", &file.to_string_lossy()])
        .await;
    assert!(refusal.contains("key"), "{refusal}");
}

#[tokio::test]
async fn an_admin_key_that_is_given_is_the_one() {
    let mut gateway = Gateway::start(&Config::default()).await;
    assert_eq!(gateway.terminate().await, Some(0));
    let given = format!("pmk_{}", "5a".repeat(32));
    gateway.restart_in(&[("PUSHMAIL_ADMIN_KEY", &given)]).await;
    assert_eq!(gateway.admin_key(), given);
    gateway.tenant("acme").await;
    assert_eq!(gateway.terminate().await, Some(0));
    // What is no key is refused before anything starts.
    let ended = gateway.second_in(&[("PUSHMAIL_ADMIN_KEY", "secret")]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("is no admin key"), "{ended:?}");
    assert!(!ended.stderr.contains("secret"), "{ended:?}");
}

#[tokio::test]
async fn it_is_alive_and_ready_and_measured() {
    let gateway = Gateway::start(&Config::default()).await;
    for path in ["/livez", "/readyz", "/metrics"] {
        let answer = gateway.get(path);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
    }
}

#[tokio::test]
async fn an_unknown_setting_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "[listen]\ngrcp = \"127.0.0.1:0\"\n").unwrap();
    let mut command = pushmail();
    command
        .arg("serve")
        .arg("--data")
        .arg(folder.path())
        .arg("--config")
        .arg(config);
    let ended = run(&mut command).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("grcp"), "{ended:?}");
}

#[tokio::test]
async fn ctl_without_a_gateway_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = pushmail();
    command
        .args(["ctl", "tenant", "list", "--data"])
        .arg(folder.path());
    let ended = run(&mut command).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("--data"), "{ended:?}");
}
