//! What faults do to answers.

use super::answer::Answer;
use super::auth::challenge;
use super::dispatch::Outcome;
use super::faults::Fault;

/// The header of a document (WBXML 1.2, section 5.1): version, public identifier, character set, string table.
const HEADER: usize = 4;
const SWITCH_PAGE: u8 = 0;
/// A code page that there is not.
const NO_PAGE: u8 = 99;

/// What happens before anything is looked at.
pub(super) fn before(fault: Option<&Fault>) -> Result<(), Outcome> {
    let Some(fault) = fault else {
        return Ok(());
    };
    Err(match fault {
        Fault::Unauthorized => challenge().into(),
        Fault::Forbidden => Answer::empty(403).into(),
        Fault::Redirect(location) => redirect(location.as_deref()).into(),
        Fault::Unavailable {
            retry_after,
            throttle,
        } => unavailable(*retry_after, throttle.as_deref()).into(),
        Fault::Html => Answer::html().into(),
        Fault::Hang => Outcome::Hang,
        _ => return Ok(()),
    })
}

/// What happens to an answer.
pub(super) fn after(mut answer: Answer, fault: Option<&Fault>) -> Answer {
    match fault {
        Some(Fault::Close) => answer.hang_up = true,
        Some(Fault::Truncated) => answer.body.truncate(answer.body.len() * 2 / 3),
        Some(Fault::WrongPage) => misplace(&mut answer.body),
        _ => {}
    }
    answer
}

fn redirect(location: Option<&str>) -> Answer {
    let answer = Answer::empty(451);
    match location {
        Some(location) => answer.with("X-MS-Location", location),
        None => answer,
    }
}

fn unavailable(retry_after: Option<u32>, throttle: Option<&str>) -> Answer {
    let mut answer = Answer::empty(503);
    if let Some(seconds) = retry_after {
        answer = answer.with("Retry-After", seconds.to_string());
    }
    if let Some(reason) = throttle {
        answer = answer.with("X-MS-ASThrottle", reason);
    }
    answer
}

/// Lets the document begin on a code page that there is not.
fn misplace(body: &mut Vec<u8>) {
    if body.get(HEADER) == Some(&SWITCH_PAGE) {
        body.drain(HEADER..HEADER + 2);
    }
    if body.len() > HEADER {
        body.splice(HEADER..HEADER, [SWITCH_PAGE, NO_PAGE]);
    }
}
