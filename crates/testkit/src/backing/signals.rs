//! Stopping a server's processes and letting them go on.

use rustix::process::{Pid, Signal, kill_process};
use std::fs::{read_dir, read_to_string};
use std::io;
use std::time::Duration;

/// Stops a server and its children; all of them stand still when this returns.
pub(super) fn pause(server: u32) -> io::Result<()> {
    // First the server, which then has no more children.
    stop(server)?;
    children(server)?.into_iter().try_for_each(stop)
}

/// Lets a server and its children go on.
pub(super) fn resume(server: u32) -> io::Result<()> {
    let mut processes = children(server)?;
    processes.push(server);
    let mut send = |process| send(process, Signal::CONT);
    processes.into_iter().try_for_each(&mut send)
}

/// Asks a server to end.
pub(super) fn terminate(server: u32) -> io::Result<()> {
    send(server, Signal::TERM)
}

fn stop(process: u32) -> io::Result<()> {
    send(process, Signal::STOP)?;
    while !is_still(process)? {
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn send(process: u32, signal: Signal) -> io::Result<()> {
    let id = i32::try_from(process).map_err(io::Error::other)?;
    let id = Pid::from_raw(id).ok_or_else(|| io::Error::other("process 0"))?;
    match kill_process(id, signal) {
        // A child may end at any time.
        Err(rustix::io::Errno::SRCH) => Ok(()),
        sent => Ok(sent?),
    }
}

/// The processes that this process started itself.
fn children(process: u32) -> io::Result<Vec<u32>> {
    let mut children = Vec::new();
    for thread in threads(process)? {
        let listed = read_to_string(format!("/proc/{process}/task/{thread}/children"))?;
        let listed = listed.split_whitespace().map(str::parse);
        children.extend(
            listed
                .collect::<Result<Vec<u32>, _>>()
                .map_err(io::Error::other)?,
        );
    }
    Ok(children)
}

fn threads(process: u32) -> io::Result<Vec<String>> {
    let threads = match read_dir(format!("/proc/{process}/task")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        threads => threads?,
    };
    let name = |thread: io::Result<std::fs::DirEntry>| {
        Ok(thread?.file_name().to_string_lossy().into_owned())
    };
    threads.map(name).collect()
}

/// Whether no thread of the process runs.
fn is_still(process: u32) -> io::Result<bool> {
    let runs = |thread: &String| {
        // A thread that is gone runs no more.
        let stat = read_to_string(format!("/proc/{process}/task/{thread}/stat"));
        let stat = stat.unwrap_or_default();
        // `id (name) state …`, and the name may be anything.
        let state = stat.rsplit_once(") ").map(|(_, rest)| rest.chars().next());
        !matches!(state, None | Some(Some('T' | 'Z' | 'X')))
    };
    Ok(!threads(process)?.iter().any(runs))
}
