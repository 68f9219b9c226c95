//! A memcached, through which SOGo's processes tell each other what they do.

use super::MISSING;
use crate::backing::{Backing, DATA, Plan};
use crate::server::{Files, guard};
use std::io;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

const NAME: &str = "memcached";
const PROGRAM: &str = "/usr/bin/memcached";

/// Starts one; where it listens.
pub(super) fn launch() -> io::Result<(Backing, PathBuf)> {
    if !Path::new(PROGRAM).exists() {
        return Err(io::Error::other(MISSING));
    }
    let files = Files::new(NAME)?;
    let socket = files.make_folder(DATA)?.join("socket");
    let mut words = files.owner().words();
    words.push(PROGRAM.to_owned());
    let mut command = guard::command(&files, Path::new(&words.remove(0)));
    command
        .args(words)
        .arg("-s")
        .arg(&socket)
        .args(["-m", "16", "-t", "1"]);
    let asked = socket.clone();
    let plan = Plan {
        files,
        ports: Vec::new(),
        command,
        is_ready: Box::new(move || UnixStream::connect(&asked).map(drop)),
    };
    Ok((Backing::launch(NAME, plan)?, socket))
}
