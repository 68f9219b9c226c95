//! What a Sync asks for (MS-ASCMD, section 6.45).

use super::MOST;
use super::query::{Query, read_query};
use crate::eas::context::Context;
use crate::eas::grammar::{Form, Wrong, number_in};
use pushmail_wbxml::Element;
use pushmail_wbxml::pages::air_sync as page;
use std::ops::RangeInclusive;
use std::time::Duration;

const OUT_OF_RANGE: u16 = 14;
const TOO_MANY: u16 = 15;
const NOT_CACHED: u16 = 13;

/// In minutes (MS-ASCMD, section 2.2.3.198).
const WAITS: RangeInclusive<u32> = 1..=59;

const SYNC: Form = Form::any(&[
    page::COLLECTIONS,
    page::WAIT,
    page::HEARTBEAT_INTERVAL,
    page::WINDOW_SIZE,
    page::PARTIAL,
]);
const COLLECTIONS: Form = Form::list(&[page::COLLECTION]);

/// What a Sync asks for.
pub(super) struct Request {
    pub(super) collections: Vec<Query>,
    /// Most changes in all.
    pub(super) window: Option<usize>,
    /// How long to wait for something new.
    pub(super) wait: Option<Duration>,
}

/// Reads a request, or says which number would have been right.
pub(super) fn read(
    context: &Context<'_>,
    body: &Element,
) -> Result<Result<Request, Element>, Wrong> {
    SYNC.check(body, context.version)?;
    if body.find(&[page::PARTIAL]).is_some() {
        // Always allowed: the client sends all of it again (MS-ASCMD, section 2.2.3.131).
        return Err(Wrong::status(
            NOT_CACHED,
            "a partial request where nothing is kept",
        ));
    }
    let collections = collections(context, body)?;
    let most = context.config().max_folders;
    if collections.len() > most {
        return Ok(Err(limit(context, TOO_MANY, most)));
    }
    let window = number_in(body, page::WINDOW_SIZE)?.map(window);
    Ok(wait(context, body)?.map(|wait| Request {
        collections,
        window,
        wait,
    }))
}

fn collections(context: &Context<'_>, body: &Element) -> Result<Vec<Query>, Wrong> {
    let Some(collections) = body.find(&[page::COLLECTIONS]) else {
        return Err(Wrong::malformed("no Collections"));
    };
    COLLECTIONS.check(collections, context.version)?;
    let queries = collections.all(page::COLLECTION);
    let queries: Vec<Query> = queries
        .map(|collection| read_query(context, collection))
        .collect::<Result<_, _>>()?;
    let repeated = |at: usize| {
        let earlier = queries[..at].iter();
        earlier
            .into_iter()
            .any(|query| query.name == queries[at].name)
    };
    if queries.is_empty() {
        return Err(Wrong::malformed("Collections without a Collection"));
    }
    if (0..queries.len()).any(repeated) {
        return Err(Wrong::malformed("the same folder twice"));
    }
    Ok(queries)
}

/// How many changes there may be: 0 and more than 512 are 512.
pub(super) fn window(asked: u32) -> usize {
    match usize::try_from(asked) {
        Ok(asked @ 1..=MOST) => asked,
        _ => MOST,
    }
}

/// How long to wait: in minutes, or in seconds from 14.0 on, but not both.
fn wait(context: &Context<'_>, body: &Element) -> Result<Result<Option<Duration>, Element>, Wrong> {
    let minutes = number_in(body, page::WAIT)?;
    let seconds = number_in(body, page::HEARTBEAT_INTERVAL)?;
    let (asked, allowed, unit) = match (minutes, seconds) {
        (None, None) => return Ok(Ok(None)),
        (Some(_), Some(_)) => return Err(Wrong::malformed("Wait and HeartbeatInterval")),
        (Some(minutes), None) => (minutes, &WAITS, 60),
        (None, Some(seconds)) => (seconds, &context.config().heartbeat, 1),
    };
    if !allowed.contains(&asked) {
        let nearest = asked.clamp(*allowed.start(), *allowed.end());
        return Ok(Err(limit(context, OUT_OF_RANGE, nearest as usize)));
    }
    Ok(Ok(Some(Duration::from_secs(u64::from(asked) * unit))))
}

/// Says which number would have been right (MS-ASCMD, section 2.2.3.97).
fn limit(context: &Context<'_>, status: u16, limit: usize) -> Element {
    let limit = Element::of_text(page::LIMIT, limit.to_string());
    context.command.says(status).with(limit)
}
