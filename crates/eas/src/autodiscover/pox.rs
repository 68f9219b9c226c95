//! Requests and answers in XML (MS-ASCMD, sections 2.2.1.1, 6.1 to 6.4).

use pushmail_upstream::target::MailAddress;
use quick_xml::Reader;
use quick_xml::XmlVersion::Implicit1_0;
use quick_xml::escape::{escape, resolve_xml_entity};
use quick_xml::events::{BytesRef, Event};

const REQUEST: &str =
    "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/requestschema/2006";
const RESPONSE: &str =
    "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006";

/// The deepest element; the schema has six levels.
const DEEPEST: usize = 16;
/// The longest value that is taken, in bytes.
const LONGEST: usize = 2048;

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// The server's URL.
    Server(String),
    /// The address to ask for instead.
    Address(String),
}

/// What is asked.
pub(super) fn request(address: &MailAddress) -> String {
    let address = address.to_string();
    let address = escape(&*address);
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover xmlns=\"{REQUEST}\"><Request>\
         <EMailAddress>{address}</EMailAddress>\
         <AcceptableResponseSchema>{RESPONSE}</AcceptableResponseSchema></Request></Autodiscover>"
    )
}

/// Reads an answer; none if it says nothing of use, as an error does, or is no such answer.
pub(super) fn read(body: &[u8]) -> Option<Told> {
    let text = std::str::from_utf8(body).ok()?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut path: Vec<String> = Vec::new();
    let mut answer = Answer::default();
    loop {
        match reader.read_event().ok()? {
            Event::Start(_) if path.len() == DEEPEST => return None,
            Event::Start(start) => path.push(start.local_name().as_ref().to_owned()),
            Event::Text(text) => answer.add(&path, &text.xml_content(Implicit1_0)),
            Event::CData(text) => answer.add(&path, &text.xml_content(Implicit1_0)),
            Event::GeneralRef(entity) => answer.add(&path, &resolve(&entity)?),
            Event::End(_) => {
                answer.end(&path);
                path.pop();
            }
            Event::Eof => return answer.told().filter(|_| path.is_empty()),
            _ => {}
        }
    }
}

/// An answer, as far as it was read.
#[derive(Default)]
struct Answer {
    redirect: String,
    /// Of the Server that is being read.
    kind: String,
    url: String,
    /// The first server of ActiveSync.
    server: Option<String>,
}

impl Answer {
    fn add(&mut self, path: &[String], text: &str) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let Some(field) = self.field(&path) else {
            return;
        };
        if field.len() + text.len() <= LONGEST {
            field.push_str(text);
        }
    }

    fn field(&mut self, path: &[&str]) -> Option<&mut String> {
        let ["Autodiscover", "Response", "Action", within @ ..] = path else {
            return None;
        };
        match within {
            ["Redirect"] => Some(&mut self.redirect),
            ["Settings", "Server", "Type"] => Some(&mut self.kind),
            ["Settings", "Server", "Url"] => Some(&mut self.url),
            _ => None,
        }
    }

    /// An element ends.
    fn end(&mut self, path: &[String]) {
        if path.last().is_none_or(|name| name != "Server") {
            return;
        }
        let (kind, url) = (
            std::mem::take(&mut self.kind),
            std::mem::take(&mut self.url),
        );
        if kind.trim() == "MobileSync" && self.server.is_none() {
            self.server = Some(url.trim().to_owned());
        }
    }

    fn told(self) -> Option<Told> {
        if let Some(server) = self.server {
            return Some(Told::Server(server));
        }
        let address = self.redirect.trim();
        (!address.is_empty()).then(|| Told::Address(address.to_owned()))
    }
}

/// A character or one of the five entities that XML itself has; others mean nothing.
fn resolve(entity: &BytesRef<'_>) -> Option<String> {
    if let Some(character) = entity.resolve_char_ref().ok()? {
        return Some(character.to_string());
    }
    Some(resolve_xml_entity(entity).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(action: &str) -> Option<Told> {
        let text = format!(
            "\u{feff}<?xml version=\"1.0\"?><Autodiscover xmlns:a=\"x\"><a:Response><Culture>en:us</Culture>\
             <Action>{action}</Action></a:Response></Autodiscover>"
        );
        read(text.as_bytes())
    }

    #[test]
    fn the_server_of_activesync_is_taken_from_among_others() {
        let enroll = "<Server><Type>CertEnroll</Type><Url>https://c/</Url></Server>";
        let sync = "<Server><Type>MobileSync</Type><Url>\n https://a/b?x&amp;y </Url><Name>n</Name></Server>";
        let told = of(&format!("<Settings>{enroll}{sync}{enroll}</Settings>"));
        assert_eq!(told, Some(Told::Server("https://a/b?x&y".to_owned())));
        assert_eq!(of(&format!("<Settings>{enroll}</Settings>")), None);
        assert_eq!(of(sync), None, "outside Settings");
    }

    #[test]
    fn another_address_is_taken() {
        let told = of("<Redirect> b@example.org </Redirect>");
        assert_eq!(told, Some(Told::Address("b@example.org".to_owned())));
    }

    #[test]
    fn errors_and_what_is_no_answer_say_nothing() {
        assert_eq!(of("<Error><Status>2</Status></Error>"), None);
        let deep = "<a>".repeat(DEEPEST);
        let unclosed = "<Autodiscover><Response><Action><Redirect>b@x.test</Redirect>";
        for text in [
            "<Autodiscover><Response><Error><ErrorCode>600</ErrorCode></Error></Response></Autodiscover>",
            "<html><body>Welcome</body></html>",
            unclosed,
            &deep,
            "no XML",
            "",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(of(&format!("<Redirect>{long}</Redirect>")), None);
    }

    #[test]
    fn an_address_cannot_break_out_of_the_request() {
        let address = MailAddress::parse("a&b'@example.org").unwrap();
        assert!(request(&address).contains("<EMailAddress>a&amp;b&apos;@example.org<"));
    }

    proptest! {
        #[test]
        fn no_answer_does_harm(body: Vec<u8>, text: String) {
            let _read = read(&body);
            let _read = of(&text);
        }
    }
}
