//! A process that ends a server, whatever happens to the test program.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Kills its own process group when standard input closes, which happens even if the test program
/// is killed. SIGKILL, because a server may take seconds to end in order, and there is nothing here
/// to keep.
const SCRIPT: &str = r#"exec 3<&0
    "$@" 3<&- & server=$!
    (read -r line; kill -s KILL -- -$$) <&3 3<&- &
    exec 3<&-
    wait $server"#;

/// The command that runs a program under a guard; arguments that are added are the program's.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "server-guard"]).arg(program);
    command
}

/// Starts such a command, in a process group of its own, with its output in a file.
pub(super) fn start(mut command: Command, output: &Path) -> io::Result<Child> {
    let output = std::fs::File::create(output)?;
    command
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()
}
