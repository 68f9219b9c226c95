//! What a client tells of a folder's items (MS-ASCMD, section 2.2.3.32).

use crate::eas::grammar::{Form, Wrong, required, text};
use pushmail_wbxml::pages::air_sync as page;
use pushmail_wbxml::{Element, ProtocolVersion};

const COMMANDS: Form = Form::list(&[page::ADD, page::CHANGE, page::DELETE, page::FETCH]);
const ADD: Form = Form::any(&[page::CLASS, page::CLIENT_ID, page::APPLICATION_DATA]);
const CHANGE: Form = Form::any(&[page::SERVER_ID, page::APPLICATION_DATA]);
const NAMED: Form = Form::any(&[page::SERVER_ID]);

/// What a client tells, or asks, of an item.
pub(super) enum Told {
    /// A new item, with the client's own name for it.
    Add(String, Element),
    Change(String, Element),
    Delete(String),
    Fetch(String),
}

pub(super) fn read_commands(
    commands: &Element,
    version: ProtocolVersion,
) -> Result<Vec<Told>, Wrong> {
    COMMANDS.check(commands, version)?;
    if commands.nodes().is_empty() {
        return Err(Wrong::malformed("Commands without a command"));
    }
    commands
        .children()
        .map(|one| read_command(one, version))
        .collect()
}

fn read_command(command: &Element, version: ProtocolVersion) -> Result<Told, Wrong> {
    let tag = command.tag();
    let form = match tag {
        page::ADD => &ADD,
        page::CHANGE => &CHANGE,
        _ => &NAMED,
    };
    form.check(command, version)?;
    let name = match tag {
        page::ADD => page::CLIENT_ID,
        _ => page::SERVER_ID,
    };
    let name = text(required(command, name)?)?.into_owned();
    let data = || required(command, page::APPLICATION_DATA).cloned();
    Ok(match tag {
        page::ADD => Told::Add(name, data()?),
        page::CHANGE => Told::Change(name, data()?),
        page::DELETE => Told::Delete(name),
        _ => Told::Fetch(name),
    })
}
