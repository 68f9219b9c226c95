//! What a client asks Autodiscover for.

use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

/// What a client asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) address: String,
    /// AcceptableResponseSchema.
    pub(super) schema: String,
}

/// Reads a request; none if it is not XML, or says nothing of a user or a schema.
pub(super) fn read(body: &[u8]) -> Option<Asked> {
    let mut reader = Reader::from_str(std::str::from_utf8(body).ok()?);
    let mut path: Vec<String> = Vec::new();
    let mut asked = Asked::default();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => path.push(start.local_name().as_ref().to_owned()),
            Event::Text(text) => {
                if let Some(field) = asked.field(&path) {
                    field.push_str(text.xml_content(XmlVersion::Implicit1_0).trim());
                }
            }
            Event::End(_) => drop(path.pop()),
            Event::Eof => break,
            _ => {}
        }
    }
    let complete = path.is_empty() && !asked.address.is_empty() && !asked.schema.is_empty();
    complete.then_some(asked)
}

impl Asked {
    fn field(&mut self, path: &[String]) -> Option<&mut String> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["Autodiscover", "Request", "EMailAddress"] => Some(&mut self.address),
            ["Autodiscover", "Request", "AcceptableResponseSchema"] => Some(&mut self.schema),
            _ => None,
        }
    }
}
