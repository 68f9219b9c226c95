//! A provider sees one fleet, not its processes.

use super::{Fleet, config};
use crate::support::{Config, Gateway, until};

const MAILBOXES: usize = 12;
/// So many logins at once, and then hardly any.
const BURST: usize = 4;

/// How many mailboxes wait for their login.
fn waiting(worker: &Gateway) -> usize {
    let metrics = worker.get("/metrics");
    let lanes = metrics
        .lines()
        .filter(|line| line.starts_with("pushmail_waiting_logins{"));
    let counts = lanes.filter_map(|line| line.rsplit_once(' ')?.1.parse::<usize>().ok());
    counts.sum()
}

#[tokio::test]
async fn two_watchers_together_keep_a_provider_s_rate() {
    let Some(fleet) = Fleet::start().await else {
        return;
    };
    let paced = Config {
        more: format!(
            "[upstream.budget]\nlogins_per_provider = {BURST}\nprovider_login_every = \"1h\"\n"
        ),
        ..config(&fleet.server)
    };
    for number in 1..=MAILBOXES {
        let url = format!(
            "imaps://user{number}@tenant1.test@localhost:{}",
            fleet.server.addr().port()
        );
        let credential = ["--password-env", "PW"];
        fleet
            .control
            .account(&fleet.tenant, &url, &credential)
            .await;
    }
    let first = Gateway::join("watcher", &paced, &fleet.stores).await;
    let second = Gateway::join("watcher", &paced, &fleet.stores).await;
    let accepted = || usize::try_from(fleet.server.all_logins().accepted).unwrap();
    // Those that were logged in may move to the second one, where they wait again.
    until(async || {
        let (here, there) = (waiting(&first), waiting(&second));
        let enough = here + there >= MAILBOXES - BURST;
        match here > 0 && there > 0 && enough && accepted() == BURST {
            true => Ok(()),
            false => Err(format!(
                "{here} and {there} wait after {} logins",
                accepted()
            )),
        }
    })
    .await;
    for watcher in [&first, &second] {
        let metrics = watcher.get("/metrics");
        assert!(metrics.contains("pushmail_pacer_away 0"), "it asks Redis");
    }
}
