//! GMX and its kin, iCloud: a connection that idles too long is told BYE.

use crate::watch::{HOUR, Watch};
use pushmail_domain::Blame;

const USER: &str = "ann";

/// Without the rule, the interval grows until the server minds. The account learns from that.
async fn is_told_bye(profile: &str) {
    let mut watch = Watch::without_rule(profile, USER).await;
    watch.connect().await.unwrap();
    watch.pass(4 * HOUR).await;
    let end = watch.ends.first().unwrap();
    assert_ne!(end.kind.blame(), Blame::Account, "{end}");
    watch.keep_watching(4 * HOUR).await.unwrap();
    assert_eq!(watch.ends.len(), 1, "{:?}", watch.ends);
}

#[tokio::test]
async fn gmx_is_probed_every_twelve_minutes() {
    for host in ["imap.gmx.net", "imap.web.de", "imap.ionos.de"] {
        let mut watch = Watch::new("gmx", host, USER).await;
        watch.idles_for(4 * HOUR, 720).await;
    }
}

#[tokio::test]
async fn gmx_ends_the_session_of_an_account_without_the_rule() {
    is_told_bye("gmx").await;
}

#[tokio::test]
async fn icloud_is_probed_every_nine_minutes() {
    let mut watch = Watch::new("icloud", "imap.mail.me.com", USER).await;
    watch.idles_for(4 * HOUR, 540).await;
}

#[tokio::test]
async fn icloud_ends_the_session_of_an_account_without_the_rule() {
    is_told_bye("icloud").await;
}
