//! Bytes on their way, in both directions.

use super::Mode;
use super::frames;
use super::hold::{Hold, Writer};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::watch;

const CHUNK: usize = 64 << 10;

/// What decides about the bytes of a proxy.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) modes: watch::Receiver<Mode>,
    pub(super) hold: Arc<Hold>,
    pub(super) reads_nats: bool,
}

/// Who speaks.
#[derive(Clone, Copy)]
enum Side {
    Client,
    Server,
}

impl Way {
    /// Waits until bytes pass.
    pub(super) async fn passing(&mut self) {
        // Without a sender the proxy is gone, and its tasks end.
        drop(self.modes.wait_for(|mode| *mode == Mode::Pass).await);
    }

    /// Does this until connections are to end.
    pub(super) async fn until_refused(mut self, does: impl Future<Output = ()>) {
        tokio::select! {
            () = does => {}
            _ = self.modes.wait_for(|mode| *mode == Mode::Refuse) => {}
        }
    }
}

/// Passes on what both say, until one of them has nothing more to say.
pub(super) async fn both(client: TcpStream, server: TcpStream, way: Way) {
    for stream in [&client, &server] {
        // Without it things are slower, no more.
        drop(stream.set_nodelay(true));
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let [to_client, to_server] =
        [to_client, to_server].map(|half| Arc::new(tokio::sync::Mutex::new(half)));
    // An end of either is the end of both: whoever closes one direction here has gone.
    tokio::select! {
        ended = pass(from_client, to_server, Side::Client, way.clone()) => drop(ended),
        ended = pass(from_server, to_client, Side::Server, way) => drop(ended),
    }
}

async fn pass(mut from: OwnedReadHalf, to: Writer, side: Side, mut way: Way) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    let mut waiting = Vec::new();
    loop {
        let read = from.read(&mut chunk).await?;
        way.passing().await;
        if read == 0 {
            return Ok(());
        }
        if !way.reads_nats {
            to.lock().await.write_all(&chunk[..read]).await?;
            continue;
        }
        waiting.extend_from_slice(&chunk[..read]);
        let passes = sift(&mut waiting, side, &way.hold, &to);
        to.lock().await.write_all(&passes).await?;
    }
}

/// Takes the whole frames out of what waits; those that pass.
fn sift(waiting: &mut Vec<u8>, side: Side, hold: &Hold, to: &Writer) -> Vec<u8> {
    let mut passes = Vec::new();
    let mut begin = 0;
    while let Some(frame) = frames::next(&waiting[begin..]) {
        let bytes = &waiting[begin..begin + frame.length];
        let kept = match (side, &frame.message) {
            (Side::Client, Some(message)) => hold.keeps(message, bytes, to),
            (Side::Server, Some(message)) => {
                let (from, end) = message.payload;
                hold.hears(&message.subject, &bytes[from..end]);
                false
            }
            _ => false,
        };
        if !kept {
            passes.extend_from_slice(bytes);
        }
        begin += frame.length;
    }
    waiting.drain(..begin);
    passes
}
