//! Makes the files of alerts and dashboards, or says which are out of date.

use anyhow::Context as _;
use clap::Parser;
use pushmail_monitoring::{Generated, files};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "pushmail-monitoring", about)]
struct Args {
    /// The root of the repository.
    root: PathBuf,
    /// Change nothing; fail if a file is not what it would be made to be.
    #[arg(long)]
    check: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let stale: Vec<Generated> = files()
        .into_iter()
        .filter(|file| is_stale(&args.root, file))
        .collect();
    for file in &stale {
        let path = file.path.display();
        if args.check {
            eprintln!("{path} is out of date: run `cargo xtask dashboards`");
        } else {
            write(&args.root, file).with_context(|| format!("cannot write {path}"))?;
            println!("wrote {path}");
        }
    }
    let clean = stale.is_empty() || !args.check;
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn is_stale(root: &Path, file: &Generated) -> bool {
    let now = fs::read_to_string(root.join(&file.path));
    now.map_or(true, |content| content != file.content)
}

fn write(root: &Path, file: &Generated) -> std::io::Result<()> {
    let path = root.join(&file.path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, &file.content)
}
