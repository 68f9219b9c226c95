//! Yandex: IDLEs that are dropped at random.

use crate::manners::Manners;
use crate::watch::{HOUR, Watch};
use pushmail_domain::{Blame, FaultKind};

const USER: &str = "ann@yandex.ru";

#[tokio::test]
async fn yandex_s_idle_is_begun_anew_before_it_is_dropped() {
    let mut watch = Watch::new("yandex", "imap.yandex.ru", USER).await;
    watch.idles_for(3 * HOUR, 300).await;
}

#[tokio::test]
async fn an_account_without_the_rule_is_dropped_connects_again_and_learns() {
    let mut watch = Watch::without_rule("yandex", USER).await;
    watch.connect().await.unwrap();
    let mut delivered = 0;
    while watch.ends.is_empty() || watch.interval() > 360 {
        assert!(delivered < 500, "{:?}", watch.ends);
        watch.deliver();
        delivered += 1;
        watch.keep_watching(HOUR).await.unwrap();
    }
    for end in &watch.ends {
        assert_eq!(end.kind, FaultKind::Closed);
        assert_ne!(end.kind.blame(), Blame::Account);
    }
    let ends = watch.ends.len();
    watch.keep_watching(2 * HOUR).await.unwrap();
    assert_eq!(watch.ends.len(), ends, "it knows how long is too long");
    assert_eq!(watch.mail.len(), delivered);
    let connections = ends + 1;
    Manners::of(&watch).are_good(connections as u64, connections);
}
