//! QQ and iCloud: who they let in, and what an account is told that they do not.

use crate::watch::{HOUR, Watch};

async fn refused(profile: &str, host: &str, user: &str) -> String {
    let mut watch = Watch::new(profile, host, user).await;
    let end = watch.connect().await.unwrap_err();
    assert_eq!(
        watch.sim.logins(user).refused,
        1,
        "one try, by one mechanism"
    );
    end.message
}

#[tokio::test]
async fn qq_wants_the_local_part_and_an_authorization_code() {
    let told = refused("qq", "imap.qq.com", "ann@qq.com").await;
    assert!(told.contains("authorization code made there; the user name is the part before the @"));
}

#[tokio::test]
async fn qq_s_service_for_companies_has_another_remedy() {
    let told = refused("qq", "imap.exmail.qq.com", "ann@x.test").await;
    assert!(!told.contains("before the @"), "{told}");
}

#[tokio::test]
async fn qq_tells_of_new_mail_at_once_for_hours() {
    let mut watch = Watch::new("qq", "imap.qq.com", "ann").await;
    watch.idles_for(2 * HOUR, 540).await;
}

#[tokio::test]
async fn icloud_wants_the_local_part_and_an_app_password() {
    let told = refused("icloud", "imap.mail.me.com", "ann@icloud.com").await;
    assert!(told.contains("app-specific password"), "{told}");
    assert!(
        told.contains("the part of the address before the @"),
        "{told}"
    );
}

#[tokio::test]
async fn an_account_without_the_rule_is_told_less() {
    for (profile, user) in [("qq", "ann@qq.com"), ("icloud", "ann@icloud.com")] {
        let mut watch = Watch::without_rule(profile, user).await;
        let end = watch.connect().await.unwrap_err();
        assert!(end.message.contains("check the user name"), "{end}");
    }
}
