//! A fleet whose PostgreSQL or NATS is away for longer than sessions go without asking it.

use crate::support::{LIMIT, PASSWORD, mail, mailsim, objects, pushmail, run, text, wait_for};
use crate::support::{share_key, until};
use pushmail_mailsim::Mailsim;
use pushmail_testkit::{Nats, Postgres, Process, Program, Redis};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

const USER: &str = "user1@tenant1.test";
/// How often sessions ask.
const COMPARE: &str = "200ms";
/// In the log of a delivery process, once an outage.
const AWAY: &str = "the registry does not answer: open sessions go on as they are until it does";
const BACK: &str = "the registry answers sessions again";
const LOG_AWAY: &str =
    "the event log does not answer: open sessions go on as they are until it does";
const LOG_BACK: &str = "the event log answers sessions again";

/// Its processes have servers of their own.
struct Place {
    postgres: Postgres,
    control: Role,
    delivery: Role,
    watcher: Role,
    server: Mailsim,
    nats: Nats,
    _redis: Redis,
}

/// One process.
struct Role {
    program: Program,
    data: PathBuf,
}

impl Place {
    /// `None` if one of the servers is to be done without.
    async fn start() -> Option<Self> {
        let (postgres, nats, redis) = (Postgres::start()?, Nats::start()?, Redis::start()?);
        let server = mailsim().await;
        let stores = format!(
            "[registry]\nurl = \"{}\"\nconnections = 4\n\
             [eventlog.nats]\nservers = [\"{}\"]\nreplicas = 1\nunready_after = \"1s\"\n\
             [leases]\nurl = \"{}\"\nttl = \"3s\"\nsettle = \"100ms\"\n\
             [watcher.fleet]\nbeat_interval = \"500ms\"\n\
             [delivery]\ncompare_interval = \"{COMPARE}\"\n[log]\nfilter = \"info\"\n",
            postgres.database(),
            nats.url(),
            redis.url(),
        );
        let role = |name| Role::start(name, &stores, &server);
        Some(Self {
            control: role("control"),
            delivery: role("delivery"),
            watcher: role("watcher"),
            postgres,
            server,
            nats,
            _redis: redis,
        })
    }

    /// `pushmail ctl`.
    async fn ctl(&self, args: &[&str], field: &str) -> String {
        let mut ctl = pushmail();
        ctl.arg("ctl").args(args).arg("--json");
        ctl.arg("--data").arg(&self.control.data);
        let ended = run(ctl.env("PW", PASSWORD)).await;
        assert_eq!(ended.code, Some(0), "ctl {args:?}: {ended:?}");
        text(&objects(&ended.stdout)[0], field).to_owned()
    }

    fn deliver(&self, subject: &str) -> String {
        let (id, raw) = mail(subject);
        self.server.deliver(USER, raw);
        id
    }

    /// Waits until the delivery process has logged this so often.
    async fn logged(&self, line: &str, times: usize) {
        until(async || match self.times_logged(line) {
            count if count == times => Ok(()),
            count => Err(format!("{line:?} {count} times")),
        })
        .await;
    }

    fn times_logged(&self, line: &str) -> usize {
        self.delivery.program.log().matches(line).count()
    }
}

impl Role {
    fn start(name: &'static str, stores: &str, server: &Mailsim) -> Self {
        let mut data = PathBuf::new();
        let program = Path::new(env!("CARGO_BIN_EXE_pushmail"));
        let program = Program::start(name, program, 2, "/readyz", |command, folder, ports| {
            let (page, ca) = (folder.join("pushmail.toml"), folder.join("ca.pem"));
            std::fs::write(&ca, server.ca_pem())?;
            let listen = format!(
                "[listen]\ngrpc = \"{}\"\nadmin = \"{}\"\n\
                 [upstream]\nallow_networks = [\"127.0.0.0/8\", \"::1/128\"]\nca_file = {ca:?}\n",
                ports[0], ports[1]
            );
            std::fs::write(&page, listen + stores)?;
            data = folder.join("data");
            command.arg(name).arg("--config").arg(page);
            command.arg("--data").arg(&data);
            let mut like = pushmail();
            share_key(&mut like);
            for (key, value) in like.as_std().get_envs() {
                match value {
                    Some(value) => command.env(key, value),
                    None => command.env_remove(key),
                };
            }
            Ok(())
        });
        let program = program.unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { program, data }
    }
}

impl Role {
    /// What `/readyz` answers, below the head.
    fn ready(&self) -> String {
        let written = std::fs::read(self.data.join("endpoint.json")).expect("endpoint.json");
        let written: Value = serde_json::from_slice(&written).expect("endpoint.json is JSON");
        let host = text(&written, "admin").trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("the admin endpoint listens");
        let ask = format!("GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        body.to_owned()
    }

    /// Waits until this is what `/readyz` answers.
    async fn answers(&self, expected: &str) {
        until(async || match self.ready() {
            body if body == expected => Ok(()),
            body => Err(body),
        })
        .await;
    }
}

impl Place {
    /// The one mailbox's device, connected; and the command that replaces its token.
    async fn phone(&self) -> (Process, [String; 4]) {
        let tenant = self.ctl(&["tenant", "create", "acme"], "id").await;
        let url = format!("imaps://{USER}@localhost:{}", self.server.addr().port());
        let account = ["account", "create", &tenant, &url, "--password-env", "PW"];
        let account = self.ctl(&account, "id").await;
        let device = ["device", "create", &tenant, "phone", "--account", &account];
        let device = self.ctl(&device, "id").await;
        let issue = ["device", "token", &tenant, &device];
        let token = self.ctl(&issue, "token").await;
        let phone = listen(self, &token).await;
        // What came before it was watched is no news.
        self.server.wait_idling(1).await;
        (phone, issue.map(str::to_owned))
    }
}

/// A device, connected.
async fn listen(place: &Place, token: &str) -> Process {
    let mut listen = pushmail();
    listen.args(["listen", "--json", "--token-env", "TOKEN", "--data"]);
    listen.arg(&place.delivery.data).env("TOKEN", token);
    let mut device = Process::start(listen);
    wait_for(&mut device, |line| line["type"] == "connected").await;
    device
}

/// The next mail, before which the session does not end.
async fn next_mail(device: &mut Process) -> String {
    let line = wait_for(device, |line| {
        line["type"] == "message.new" || line["type"] == "disconnected"
    });
    text(&line.await, "message_id").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_stay_and_a_revoked_token_ends_once_it_is_back() {
    let Some(mut place) = Place::start().await else {
        return;
    };
    let (mut phone, issue) = place.phone().await;
    let before = place.deliver("before");
    assert_eq!(next_mail(&mut phone).await, before);

    for outage in 1..=2 {
        place.postgres.kill();
        place.logged(AWAY, outage).await;
        for number in 0..3 {
            let sent = place.deliver(&format!("without {outage} {number}"));
            assert_eq!(next_mail(&mut phone).await, sent);
        }
        place.postgres.start_again();
        place.logged(BACK, outage).await;
        let sent = place.deliver(&format!("again {outage}"));
        assert_eq!(next_mail(&mut phone).await, sent);
    }
    assert_eq!(place.times_logged(AWAY), 2, "once an outage");

    place
        .ctl(&issue.each_ref().map(String::as_str), "token")
        .await;
    // The gateway refused the token.
    assert_eq!(phone.wait(LIMIT).await, Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_stay_while_the_event_log_is_away_and_get_what_came_meanwhile() {
    let Some(mut place) = Place::start().await else {
        return;
    };
    let (mut phone, _) = place.phone().await;
    let before = place.deliver("before");
    assert_eq!(next_mail(&mut phone).await, before);

    place.nats.kill();
    place.logged(LOG_AWAY, 1).await;
    let meanwhile = place.deliver("meanwhile");
    place.nats.start_again();
    assert_eq!(next_mail(&mut phone).await, meanwhile);
    place.logged(LOG_BACK, 1).await;
    let after = place.deliver("after");
    assert_eq!(next_mail(&mut phone).await, after);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_process_is_ready_while_the_event_log_is_away_and_sessions_stay() {
    let Some(mut place) = Place::start().await else {
        return;
    };
    let (mut phone, _) = place.phone().await;
    for outage in 0..2 {
        for role in [&place.control, &place.delivery, &place.watcher] {
            role.answers("ok\n").await;
        }
        place.nats.kill();
        for role in [&place.control, &place.delivery, &place.watcher] {
            role.answers("event log\n").await;
        }
        let meanwhile = place.deliver(&format!("meanwhile {outage}"));
        place.nats.start_again();
        assert_eq!(next_mail(&mut phone).await, meanwhile);
    }
    for role in [&place.control, &place.delivery, &place.watcher] {
        role.answers("ok\n").await;
    }
}
