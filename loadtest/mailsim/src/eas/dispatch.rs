//! What a request comes to.

use super::answer::Answer;
use super::auth::{Shown, challenge};
use super::context::Context;
use super::execute::{Reply, execute};
use super::faults::Fault;
use super::pending::Pending;
use super::query::Query;
use super::request::Request;
use super::visitor::{Ordered, Visitor};
use super::{Command, autodiscover, offer, spoil};
use crate::server::Server;
use crate::user::User;
use pushmail_wbxml::ProtocolVersion;
use std::sync::Arc;

const PATH: &str = "/Microsoft-Server-ActiveSync";

/// What a request comes to.
pub(super) enum Outcome {
    Say(Answer),
    /// The answer comes later.
    Wait(Pending),
    /// No answer comes.
    Hang,
}

impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Self::Say(answer)
    }
}

/// Does what a request wants. The visitor is who asked on the connection before.
pub(super) fn dispatch(
    server: &Arc<Server>,
    visitor: &mut Option<Visitor>,
    request: &Request,
) -> Outcome {
    if let Some(answer) = autodiscover::answer(server, request) {
        return answer.into();
    }
    if !request.path.eq_ignore_ascii_case(PATH) {
        return Answer::empty(404).into();
    }
    let done = match request.method.as_str() {
        "OPTIONS" => options(server, request),
        "POST" => post(server, visitor, request),
        _ => Err(Answer::empty(501).into()),
    };
    done.unwrap_or_else(|refusal| refusal)
}

/// MS-ASHTTP, section 2.2.4.
fn options(server: &Server, request: &Request) -> Result<Outcome, Outcome> {
    let offer = offer::answer(&server.eas.config);
    let shown = Shown::of(request, &Query::default()).ok_or_else(challenge)?;
    if shown.is_nameless() {
        return Ok(offer.into());
    }
    let fault = fault(server, &shown.user, None);
    spoil::before(fault.as_ref())?;
    shown.check(server)?;
    Ok(spoil::after(offer, fault.as_ref()).into())
}

/// A command (MS-ASHTTP, section 2.2.1).
fn post(
    server: &Arc<Server>,
    visitor: &mut Option<Visitor>,
    request: &Request,
) -> Result<Outcome, Outcome> {
    let query = Query::parse(&request.query).ok_or(Answer::empty(400))?;
    let shown = Shown::of(request, &query).filter(|shown| !shown.is_nameless());
    let shown = shown.ok_or_else(challenge)?;
    let command = Command::of(&query.command);
    let fault = fault(server, &shown.user, command);
    spoil::before(fault.as_ref())?;
    shown.check(server)?;
    let user = visit(server, visitor, &shown.user)?;
    user.record(query.command.as_bytes(), server.command_log);
    let version = stated_version(server, &user, request)?;
    let Some(command) = command.filter(|_| query.user == shown.user) else {
        note(server, &user, format!("the query {}", request.query));
        let status = if command.is_none() { 501 } else { 400 };
        return Err(Answer::empty(status).into());
    };
    let context = Context {
        server,
        user: &user,
        command,
        version,
        device: user.eas(|account| account.place(&query.device_id, &query.device_type)),
        policy_key: request.header("X-MS-PolicyKey"),
        fault,
    };
    answer(&context, &query, request)
}

/// Executes the command. What changes from now on wakes it, if it waits.
fn answer(context: &Context<'_>, query: &Query, request: &Request) -> Result<Outcome, Outcome> {
    let seen = context.user.mailbox.changes();
    let (reply, begun) = context.user.eas(|account| {
        let reply = execute(context, account, query, request);
        let waits = matches!(reply, Ok(Reply::Wait(_)));
        let begun = account.device(context.device).begin(context.command, waits);
        (reply, begun)
    });
    if begun.supersedes {
        context.user.mailbox.wake();
    }
    let answer = match reply? {
        Reply::Wait(time) => {
            let pending = Pending::new(context, begun.turn, seen, time, request.keep_alive);
            return Ok(Outcome::Wait(pending));
        }
        Reply::Document(document) => Answer::document(&document),
        Reply::Offer(document) => offer::with(Answer::document(&document), context.config()),
        Reply::Empty => Answer::empty(200),
    };
    Ok(spoil::after(answer, context.fault.as_ref()).into())
}

/// The user, whose connection it is from now on.
fn visit(
    server: &Arc<Server>,
    visitor: &mut Option<Visitor>,
    name: &str,
) -> Result<Arc<User>, Outcome> {
    let user = server.user(name);
    if visitor
        .as_ref()
        .is_none_or(|known| !Arc::ptr_eq(&known.user, &user))
    {
        *visitor = Some(Visitor::enter(server, Arc::clone(&user)));
    }
    match visitor.as_mut().and_then(Visitor::order) {
        Some(Ordered::Silence) => Err(Outcome::Hang),
        Some(Ordered::End) => Err(Answer::last(503).into()),
        None => Ok(user),
    }
}

/// MS-ASHTTP, section 2.2.1.1.2.6.
fn stated_version(
    server: &Server,
    user: &User,
    request: &Request,
) -> Result<ProtocolVersion, Answer> {
    let Some(stated) = request.header("MS-ASProtocolVersion") else {
        note(server, user, "no MS-ASProtocolVersion".to_owned());
        return Err(Answer::empty(400));
    };
    offer::version(stated).ok_or_else(|| {
        note(server, user, format!("MS-ASProtocolVersion: {stated}"));
        Answer::empty(505)
    })
}

fn note(server: &Server, user: &User, mistake: String) {
    user.eas(|account| account.note(mistake, server.command_log));
}

/// What goes wrong with a command, or with OPTIONS: first what does for this user alone.
fn fault(server: &Server, user: &str, command: Option<Command>) -> Option<Fault> {
    let own = server.user(user).eas(|account| account.next_fault(command));
    own.or_else(|| server.eas.troubles().next(command))
}
