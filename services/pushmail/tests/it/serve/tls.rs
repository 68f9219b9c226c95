//! gRPC over TLS.

use crate::support::{Config, Ended, Gateway, LIMIT, objects, pushmail, run};
use pushmail_testkit::Process;
use pushmail_testkit::certs::Authority;
use std::path::{Path, PathBuf};

/// A gateway that is reachable from other machines, and the file of its certificate's authority.
struct World {
    folder: tempfile::TempDir,
    gateway: Gateway,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority = Authority::new().expect("an authority");
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).expect("a file");
        let tls = Some(authority.issue(&["localhost"]).expect("a certificate"));
        let gateway = Gateway::start(&Config {
            tls,
            ..Config::default()
        })
        .await;
        Self { folder, gateway }
    }

    fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The gateway's address, under a name.
    fn url(&self, host: &str) -> String {
        let url = self.gateway.endpoint("grpc");
        let (_, port) = url.rsplit_once(':').expect("the address has a port");
        format!("https://{host}:{port}")
    }

    fn key_file(&self) -> PathBuf {
        self.gateway.data().join("admin.key")
    }
}

/// Makes a tenant, from anywhere.
async fn create(url: &str, key_file: &Path, trust: Trust<'_>) -> Ended {
    let mut command = pushmail();
    command.args([
        "ctl",
        "tenant",
        "create",
        "acme",
        "--json",
        "--endpoint",
        url,
    ]);
    command.arg("--key-file").arg(key_file);
    match trust {
        Trust::Nobody => {}
        Trust::Named(file) => {
            command.arg("--gateway-ca").arg(file);
        }
        Trust::System(file) => {
            command.env("SSL_CERT_FILE", file);
        }
    }
    run(&mut command).await
}

/// Whose certificates are trusted.
enum Trust<'a> {
    Nobody,
    Named(&'a Path),
    System(&'a Path),
}

#[tokio::test]
async fn ctl_trusts_the_authority_that_is_named_or_that_the_system_trusts() {
    let world = World::start().await;
    let (url, key, ca) = (world.url("localhost"), world.key_file(), world.ca_file());
    for trust in [Trust::Named(&ca), Trust::System(&ca)] {
        let ended = create(&url, &key, trust).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(objects(&ended.stdout)[0]["name"], "acme");
    }
    let ended = create(&url, &key, Trust::Nobody).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("certificate"), "{ended:?}");
}

#[tokio::test]
async fn ctl_finds_a_gateway_that_listens_on_every_address() {
    let world = World::start().await;
    let mut command = world.gateway.ctl_command(&["tenant", "list"]);
    let ended = run(command.arg("--gateway-ca").arg(world.ca_file())).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[tokio::test]
async fn a_device_listens_over_tls() {
    let world = World::start().await;
    let ctl = async |args: &[&str]| {
        let mut command = world.gateway.ctl_command(args);
        let command = command.arg("--gateway-ca").arg(world.ca_file());
        let ended = run(command.args(["--endpoint", &world.url("localhost")])).await;
        objects(&ended.stdout).remove(0)
    };
    let tenant = ctl(&["tenant", "create", "acme"]).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let url = "imaps://me@localhost:1";
    let account = ctl(&["account", "create", &tenant, url, "--password-env", "PW"]).await;
    let account = account["id"].as_str().unwrap();
    let device = ctl(&["device", "create", &tenant, "phone", "--account", account]).await;
    let token = ctl(&["device", "token", &tenant, device["id"].as_str().unwrap()]).await;
    let mut command = pushmail();
    command.args(["listen", "--json", "--token-env", "TOKEN"]);
    command
        .args(["--endpoint", &world.url("localhost")])
        .arg("--gateway-ca")
        .arg(world.ca_file());
    command.env("TOKEN", token["token"].as_str().unwrap());
    let mut listener = Process::start(command);
    listener
        .wait_for_line(|line| line.contains("\"connected\""), LIMIT)
        .await;
}

#[tokio::test]
async fn the_admin_key_goes_in_the_clear_to_this_machine_only() {
    let world = World::start().await;
    let ended = create("http://192.0.2.1:7443", &world.key_file(), Trust::Nobody).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stderr.contains("in the clear: use https://"),
        "{ended:?}"
    );
}
