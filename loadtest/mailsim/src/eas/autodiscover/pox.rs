//! Autodiscover in XML (MS-ASCMD, section 2.2.1.1).

use super::request::{Asked, read};
use super::{Discovery, discovery, elsewhere, url};
use crate::eas::answer::Answer;
use crate::eas::auth::{Shown, challenge};
use crate::eas::query::Query;
use crate::eas::request::Request;
use crate::server::Server;
use quick_xml::escape::escape;

const ENVELOPE: &str = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006";
const RESPONSE: &str =
    "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006";

/// The request was not as it has to be (MS-ASCMD, section 2.2.3.64).
const INVALID_REQUEST: u16 = 600;
/// Nothing is known in the schema that the client accepts.
const NO_PROVIDER: u16 = 601;

pub(super) fn answer(server: &Server, request: &Request) -> Answer {
    if request.method != "POST" {
        return Answer::empty(501);
    }
    let Some(shown) = Shown::of(request, &Query::default()) else {
        return challenge();
    };
    // Whose a token is nobody knows.
    if !shown.is_nameless()
        && let Err(refusal) = shown.check(server)
    {
        return refusal;
    }
    let Some(asked) = read(&request.body).filter(|_| is_xml(request)) else {
        return error(INVALID_REQUEST, "Invalid Request");
    };
    if asked.schema != RESPONSE {
        return error(NO_PROVIDER, "Provider is not available");
    }
    match discovery(server, &asked.address) {
        Discovery::Here => found(&asked, &url(&server.eas, request)),
        Discovery::At(url) => found(&asked, &url),
        Discovery::Address(address) => {
            let address = escape(&*address).into_owned();
            action(&asked, &format!("<Redirect>{address}</Redirect>"))
        }
        Discovery::Elsewhere(url) => elsewhere(&url),
        Discovery::Unknown => action(
            &asked,
            "<Error><Status>2</Status><Message>There is no such user</Message><DebugData/></Error>",
        ),
    }
}

fn is_xml(request: &Request) -> bool {
    let kind = request.header("Content-Type").unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim() == "text/xml"
}

fn found(asked: &Asked, url: &str) -> Answer {
    let url = escape(url);
    let server =
        format!("<Server><Type>MobileSync</Type><Url>{url}</Url><Name>{url}</Name></Server>");
    action(asked, &format!("<Settings>{server}</Settings>"))
}

fn action(asked: &Asked, action: &str) -> Answer {
    let address = escape(&*asked.address);
    response(&format!(
        "<Culture>en:us</Culture><User><DisplayName>{address}</DisplayName>\
         <EMailAddress>{address}</EMailAddress></User><Action>{action}</Action>"
    ))
}

fn error(code: u16, message: &str) -> Answer {
    response(&format!(
        "<Error Time=\"16:56:32.6164027\" Id=\"1054084152\"><ErrorCode>{code}</ErrorCode>\
         <Message>{message}</Message><DebugData/></Error>"
    ))
}

fn response(inside: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover xmlns=\"{ENVELOPE}\">\
         <Response xmlns=\"{RESPONSE}\">{inside}</Response></Autodiscover>"
    );
    Answer::empty(200).with_body("text/xml; charset=utf-8", body.into())
}
