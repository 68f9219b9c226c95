//! `pushmail demo`, short.

use crate::support::{Config, Gateway, interrupt, pushmail, run, until};
use pushmail_testkit::Process;
use pushmail_testkit::certs::Authority;
use serde_json::Value;

#[tokio::test]
async fn every_mail_of_a_short_demo_arrives_and_every_hop_is_measured() {
    let mut command = pushmail();
    command.args([
        "demo",
        "--mailboxes",
        "10",
        "--rate",
        "20",
        "--seconds",
        "2",
        "--json",
    ]);
    let ended = run(&mut command).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let last = ended.stdout.lines().last().unwrap();
    let report: Value = serde_json::from_str(last).unwrap();
    for (key, expected) in [
        ("expected", 40),
        ("sent", 40),
        ("received", 40),
        ("lost", 0),
        ("duplicates", 0),
    ] {
        assert_eq!(report[key], expected, "{key}: {report}");
    }
    let hops = report["hops"].as_object().unwrap().values();
    assert!(hops.len() >= 4, "{report}");
    for hop in hops.chain([&report["total"]]) {
        let [p50, p99, max] = ["p50_ms", "p99_ms", "max_ms"].map(|key| hop[key].as_f64().unwrap());
        assert!(p50 <= p99 && p99 <= max, "{report}");
    }
    assert!(report["log_sync"].is_string(), "{report}");
    assert!(report["fsync_p50_ms"].as_f64().unwrap() >= 0.0, "{report}");
}

#[tokio::test]
async fn a_demo_that_is_interrupted_leaves_nothing_at_the_gateway() {
    let authority = Authority::new().unwrap();
    let gateway = Gateway::start(&Config {
        ca_pem: authority.pem(),
        ..Config::default()
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let issued = authority.issue(&["127.0.0.1"]).unwrap();
    let (certificate, key) = (folder.path().join("mail.pem"), folder.path().join("key"));
    std::fs::write(&certificate, issued.cert_pem).unwrap();
    std::fs::write(&key, issued.key_pem).unwrap();
    let mut demo = pushmail();
    demo.args([
        "demo",
        "--mailboxes",
        "3",
        "--rate",
        "1",
        "--seconds",
        "600",
    ]);
    demo.arg("--endpoint").arg(gateway.endpoint("grpc"));
    demo.arg("--key-file").arg(gateway.data().join("admin.key"));
    demo.arg("--mail-certificate").arg(&certificate);
    demo.arg("--mail-key").arg(&key);
    let mut demo = Process::start(demo);
    let connected = |line: &str| line.contains("3 devices are connected");
    demo.wait_for_line(connected, crate::support::LIMIT).await;
    assert_eq!(gateway.ctl(&["tenant", "list"]).await.len(), 1);
    assert_eq!(interrupt(&mut demo).await, Some(1));
    until(async || match &*gateway.ctl(&["tenant", "list"]).await {
        [] => Ok(()),
        left => Err(format!("{left:?}")),
    })
    .await;
}

#[tokio::test]
async fn a_running_gateway_needs_its_key_and_a_certificate_of_the_mail_server() {
    let mut demo = pushmail();
    demo.args(["demo", "--endpoint", "https://localhost:7443"]);
    let ended = run(&mut demo).await;
    assert_eq!(ended.code, Some(2), "{ended:?}");
    for option in ["--key-file", "--mail-certificate", "--mail-key"] {
        assert!(ended.stderr.contains(option), "{ended:?}");
    }
}
