//! A command, from its gate to its reply.

use super::account::Account;
use super::answer::Answer;
use super::context::Context;
use super::faults::Fault;
use super::grammar::Wrong;
use super::query::Query;
use super::request::Request;
use super::{Command, folder_sync, item_operations, ping, provision, settings, status, sync};
use pushmail_wbxml::{Element, Limits};
use std::time::Duration;

/// What a command comes to.
pub(super) enum Reply {
    Document(Element),
    /// The same, with what the server speaks.
    Offer(Element),
    /// Nothing but a head.
    Empty,
    /// Nothing yet, for at most this time.
    Wait(Duration),
}

/// Executes a command. What a client did wrong is noted.
pub(super) fn execute(
    context: &Context<'_>,
    account: &mut Account,
    query: &Query,
    request: &Request,
) -> Result<Reply, Answer> {
    if let Some(Fault::Status(status)) = context.fault {
        return refuse(context, status);
    }
    if let Err(wrong) = check(context, query) {
        return refuse(context, context.note(account, &wrong));
    }
    if let Some(status) = gate(context, account) {
        return refuse(context, status);
    }
    let body = body(context, request);
    let reply = body.and_then(|body| run(context, account, body.as_ref()));
    reply.or_else(|wrong| refuse(context, context.note(account, &wrong)))
}

/// Says nothing but a status, in the words of the version.
fn refuse(context: &Context<'_>, status: u16) -> Result<Reply, Answer> {
    match status::http(status, context.version) {
        Some(status) => Err(Answer::empty(status)),
        None => Ok(Reply::Document(context.command.says(status))),
    }
}

/// Why the device must not do this now, whatever it asks for.
fn gate(context: &Context<'_>, account: &mut Account) -> Option<u16> {
    if context.command == Command::Provision {
        return None;
    }
    if context.fault == Some(Fault::ProvisionLoop) {
        return Some(status::NOT_PROVISIONED);
    }
    let policy = context.policy(account);
    let device = account.device(context.device);
    if device.is_to_wipe(context.version).is_some() {
        return Some(status::WIPE);
    }
    device.provisioning.refusal(context.policy_key, &policy?)
}

/// What the head of the request says.
fn check(context: &Context<'_>, query: &Query) -> Result<(), Wrong> {
    let (command, version) = (context.command, context.version);
    if !context.config().versions.contains(&version) {
        let what = format!("{version} is not offered");
        return Err(Wrong::status(status::VERSION_NOT_SUPPORTED, what));
    }
    if !command.is_in(version) {
        let what = format!("{version} has no such command");
        return Err(Wrong::status(status::COMMAND_NOT_SUPPORTED, what));
    }
    if !query.has_device_id() {
        return Err(Wrong::status(status::DEVICE_ID, "no DeviceId"));
    }
    if !query.has_device_type() {
        return Err(Wrong::status(status::DEVICE_TYPE, "no DeviceType"));
    }
    Ok(())
}

/// The document of the request; none if it has no body.
fn body(context: &Context<'_>, request: &Request) -> Result<Option<Element>, Wrong> {
    if request.body.is_empty() {
        return Ok(None);
    }
    let kind = request.header("Content-Type").unwrap_or_default();
    if !matches!(
        kind,
        "application/vnd.ms-sync.wbxml" | "application/vnd.ms-sync"
    ) {
        return Err(Wrong::status(
            status::INVALID_WBXML,
            format!("Content-Type {kind}"),
        ));
    }
    let document = Element::decode(&request.body, Limits::default());
    let document =
        document.map_err(|error| Wrong::status(status::INVALID_WBXML, error.to_string()))?;
    if document.tag() != context.command.root() {
        let what = format!("the document is {:?}", document.tag());
        return Err(Wrong::status(status::INVALID_XML, what));
    }
    Ok(Some(document))
}

fn run(
    context: &Context<'_>,
    account: &mut Account,
    body: Option<&Element>,
) -> Result<Reply, Wrong> {
    let needed = || body.ok_or_else(|| Wrong::status(status::INVALID_XML, "no body"));
    match context.command {
        Command::Ping => ping::answer(context, account, body),
        Command::Sync => sync::answer(context, account, body),
        Command::FolderSync => folder_sync::answer(context, account, needed()?),
        Command::Provision => provision::answer(context, account, needed()?).map(Reply::Document),
        Command::Settings => settings::answer(context, needed()?).map(Reply::Document),
        Command::ItemOperations => {
            item_operations::answer(context, account, needed()?).map(Reply::Document)
        }
    }
}
