//! The admin endpoint over HTTP.

use pushmail_runtime::{Counter, Lifecycle, Outcome, Readiness, Telemetry, serve_admin};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const NEVER: Duration = Duration::from_secs(3600);

struct Process {
    admin: SocketAddr,
    telemetry: Telemetry,
    readiness: Readiness,
    lifecycle: Lifecycle,
}

impl Process {
    async fn start(readiness: Readiness) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let process = Self {
            admin: listener.local_addr().unwrap(),
            telemetry: Telemetry::disabled(),
            readiness,
            lifecycle: Lifecycle::new(),
        };
        let admin = serve_admin(
            listener,
            process.telemetry.clone(),
            process.readiness.clone(),
            process.lifecycle.clone(),
        );
        process.lifecycle.attend("admin", admin);
        process
    }

    /// The status line's code, the head in lower case, and the body.
    async fn get(&self, path: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.admin).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }
}

#[tokio::test]
async fn it_is_alive_and_becomes_ready_when_every_part_is() {
    let readiness = Readiness::new();
    let (log, grpc) = (readiness.latch("event log"), readiness.latch("grpc"));
    let process = Process::start(readiness).await;
    assert_eq!(process.get("/livez").await.0, 200);
    let (status, _, body) = process.get("/readyz").await;
    assert_eq!((status, body.as_str()), (503, "event log\ngrpc\n"));
    log.release();
    grpc.release();
    assert_eq!(process.get("/readyz").await.0, 200);
}

#[tokio::test]
async fn a_draining_process_is_alive_and_not_ready_until_its_work_is_done() {
    let process = Process::start(Readiness::new()).await;
    let (finish, finished) = tokio::sync::oneshot::channel::<()>();
    process
        .lifecycle
        .spawn("work", async { finished.await.unwrap() });
    let ending = tokio::spawn({
        let lifecycle = process.lifecycle.clone();
        async move { lifecycle.shut_down(NEVER).await }
    });
    process.lifecycle.draining().cancelled().await;
    assert_eq!(process.get("/livez").await.0, 200);
    let (status, _, body) = process.get("/readyz").await;
    assert_eq!((status, body.as_str()), (503, "draining\n"));
    finish.send(()).unwrap();
    assert_eq!(ending.await.unwrap(), Outcome::Clean);
    assert!(TcpStream::connect(process.admin).await.is_err());
}

#[tokio::test]
async fn metrics_are_openmetrics_text() {
    let process = Process::start(Readiness::new()).await;
    process.telemetry.count(Counter::Sessions, "opened", 2);
    let (status, head, body) = process.get("/metrics").await;
    assert_eq!(status, 200);
    let media_type = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(head.contains(media_type), "{head}");
    assert!(body.contains("pushmail_sessions_total{outcome=\"opened\"} 2\n"));
    assert!(body.ends_with("# EOF\n"));
}

#[tokio::test]
async fn another_path_is_not_found() {
    let process = Process::start(Readiness::new()).await;
    assert_eq!(process.get("/").await.0, 404);
}
