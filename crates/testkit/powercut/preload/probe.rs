//! Does what its arguments say, prints `done` and waits to be killed. The first argument is a file;
//! the others are `write:OFFSET:TEXT`, `append:TEXT`, `truncate:LENGTH`, `sync`, or `sql:STATEMENT`.

use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("a file is needed")?;
    let steps: Vec<String> = arguments.collect();
    if steps.iter().any(|step| step.starts_with("sql:")) {
        // Forgotten, not closed: closing would tidy up.
        std::mem::forget(sql(&path, &steps)?);
    } else {
        files(&path, &steps)?;
    }
    println!("done");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn sql(path: &str, steps: &[String]) -> Result<rusqlite::Connection, Box<dyn Error>> {
    let connection = rusqlite::Connection::open(path)?;
    for step in steps {
        let statement = step
            .strip_prefix("sql:")
            .ok_or("only sql: steps can be mixed")?;
        connection.execute_batch(statement)?;
    }
    Ok(connection)
}

fn files(path: &str, steps: &[String]) -> Result<(), Box<dyn Error>> {
    let mut file: File = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    for step in steps {
        let (verb, argument) = step.split_once(':').unwrap_or((step, ""));
        match verb {
            "write" => {
                let (offset, text) = argument.split_once(':').ok_or("write:OFFSET:TEXT")?;
                file.write_all_at(text.as_bytes(), offset.parse()?)?;
            }
            "append" => {
                file.seek(SeekFrom::End(0))?;
                file.write_all(argument.as_bytes())?;
            }
            "truncate" => file.set_len(argument.parse()?)?,
            "sync" => file.sync_data()?,
            _ => return Err(format!("unknown step {step}").into()),
        }
    }
    Ok(())
}
