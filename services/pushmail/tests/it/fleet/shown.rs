//! `pushmail demo` through a fleet that runs.

use super::config;
use crate::support::{Gateway, Stores, mailsim, objects, pushmail, run};
use pushmail_testkit::certs::Authority;
use std::sync::Arc;

#[tokio::test]
async fn every_mail_of_a_demo_goes_through_the_fleet_and_nothing_of_it_stays() {
    let Some(stores) = Stores::start().map(Arc::new) else {
        return;
    };
    let authority = Authority::new().unwrap();
    let config = crate::support::Config {
        ca_pem: authority.pem(),
        ..config(&mailsim().await)
    };
    let control = Gateway::join("control", &config, &stores).await;
    let delivery = Gateway::join("delivery", &config, &stores).await;
    let _watcher = Gateway::join("watcher", &config, &stores).await;

    let folder = tempfile::tempdir().unwrap();
    let issued = authority.issue(&["localhost"]).unwrap();
    let (certificate, key) = (folder.path().join("mail.pem"), folder.path().join("key"));
    std::fs::write(&certificate, issued.cert_pem).unwrap();
    std::fs::write(&key, issued.key_pem).unwrap();
    let mut demo = pushmail();
    demo.args(["demo", "--json", "--mailboxes", "5", "--rate", "20"]);
    demo.args(["--seconds", "2", "--mail-host", "localhost"]);
    demo.arg("--endpoint").arg(control.endpoint("grpc"));
    demo.arg("--delivery").arg(delivery.endpoint("grpc"));
    demo.arg("--key-file").arg(control.data().join("admin.key"));
    demo.arg("--mail-certificate").arg(&certificate);
    demo.arg("--mail-key").arg(&key);
    let ended = run(&mut demo).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let report = objects(&ended.stdout).pop().unwrap();
    for (count, expected) in [
        ("sent", 40),
        ("received", 40),
        ("lost", 0),
        ("duplicates", 0),
    ] {
        assert_eq!(report[count], expected, "{count}: {report}");
    }
    assert!(report["fsync_p50_ms"].is_null(), "{report}");
    assert_eq!(control.ctl(&["tenant", "list"]).await, [0; 0]);
}
