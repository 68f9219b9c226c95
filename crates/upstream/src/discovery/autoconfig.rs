//! Autoconfig files, as Thunderbird defined them
//! (<https://benbucksch.github.io/autoconfig-spec/draft-autoconfig-1.html>).

use super::{Found, How, default_port};
use crate::target::{MailAddress, host};
use pushmail_domain::{Endpoint, Fault, FaultKind, Security};
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// The longest host or user name that is believed.
const MAX_VALUE: usize = 512;

/// One `incomingServer`, as far as it was read.
#[derive(Debug, Default)]
struct Incoming {
    hostname: String,
    port: String,
    socket: String,
    username: String,
}

impl Incoming {
    fn field(&mut self, name: &str) -> Option<&mut String> {
        match name {
            "hostname" => Some(&mut self.hostname),
            "port" => Some(&mut self.port),
            "socketType" => Some(&mut self.socket),
            "username" => Some(&mut self.username),
            _ => None,
        }
    }

    /// The server, if it is usable: encrypted, and with a valid host.
    fn found(&self, address: &MailAddress) -> Option<Found> {
        let security = match self.socket.trim() {
            "SSL" => Security::Tls,
            "STARTTLS" => Security::StartTls,
            _ => return None,
        };
        let port = match self.port.trim() {
            "" => default_port(security),
            port => port.parse().ok().filter(|port| *port != 0)?,
        };
        let user = match self.username.trim() {
            "" => address.to_string(),
            user => fill(user, address),
        };
        let sane = user.len() <= MAX_VALUE && !user.chars().any(char::is_control);
        let host = host::name(&fill(self.hostname.trim(), address)).ok()?;
        sane.then_some(Found {
            endpoint: Endpoint {
                host,
                port,
                security,
            },
            user,
            how: How::Autoconfig,
        })
    }
}

/// Puts the address in place of its placeholders, in one pass: the address itself may look like one.
fn fill(text: &str, address: &MailAddress) -> String {
    let values = [
        ("%EMAILADDRESS%", address.to_string()),
        ("%EMAILLOCALPART%", address.local().to_owned()),
        ("%EMAILDOMAIN%", address.domain().to_owned()),
    ];
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let known = values.iter().find(|(name, _)| from.starts_with(name));
        let (value, length) = known.map_or(("%", 1), |(name, value)| (value.as_str(), name.len()));
        out.push_str(value);
        rest = &from[length..];
    }
    out + rest
}

/// The IMAP server of an autoconfig file: the first with implicit TLS, else the first with STARTTLS
/// (RFC 8314, section 5.1). Servers in the clear are passed over.
///
/// # Errors
///
/// [`FaultKind::Protocol`] if the file is not XML or names no usable server.
pub(super) fn parse(xml: &str, address: &MailAddress) -> Result<Found, Fault> {
    let servers = servers(xml).map_err(|error| {
        Fault::new(FaultKind::Protocol, "the autoconfig file is not valid XML").caused_by(error)
    })?;
    let mut found: Vec<Found> = servers
        .iter()
        .filter_map(|server| server.found(address))
        .collect();
    found.sort_by_key(|found| found.endpoint.security != Security::Tls);
    found.into_iter().next().ok_or_else(|| {
        Fault::new(
            FaultKind::Protocol,
            "the autoconfig file names no IMAP server with encryption",
        )
    })
}

fn servers(xml: &str) -> Result<Vec<Incoming>, quick_xml::Error> {
    let mut reader = Reader::from_str(xml);
    let mut servers = Vec::new();
    let mut current: Option<Incoming> = None;
    let mut field: Option<String> = None;
    loop {
        match reader.read_event()? {
            Event::Start(start) if is_imap(&start) => current = Some(Incoming::default()),
            Event::Start(start) => field = Some(start.local_name().as_ref().to_owned()),
            Event::Text(text) => add(
                &mut current,
                field.as_deref(),
                &text.xml_content(quick_xml::XmlVersion::Implicit1_0),
            ),
            Event::CData(text) => add(
                &mut current,
                field.as_deref(),
                &text.xml_content(quick_xml::XmlVersion::Implicit1_0),
            ),
            Event::GeneralRef(entity) => {
                add(&mut current, field.as_deref(), &resolve(&entity)?);
            }
            Event::End(end) if end.local_name().as_ref() == "incomingServer" => {
                servers.extend(current.take());
            }
            Event::End(_) => field = None,
            Event::Eof => return Ok(servers),
            _ => {}
        }
    }
}

fn is_imap(start: &BytesStart<'_>) -> bool {
    let kind = start.try_get_attribute("type").ok().flatten();
    start.local_name().as_ref() == "incomingServer"
        && kind.is_some_and(|kind| kind.value.eq_ignore_ascii_case("imap"))
}

fn add(current: &mut Option<Incoming>, field: Option<&str>, text: &str) {
    let value = current
        .as_mut()
        .zip(field)
        .and_then(|(server, field)| server.field(field));
    if let Some(value) = value
        && value.len() + text.len() <= MAX_VALUE
    {
        value.push_str(text);
    }
}

/// A character or one of the five entities that XML itself has; others mean nothing.
fn resolve(entity: &BytesRef<'_>) -> Result<String, quick_xml::Error> {
    if let Some(character) = entity.resolve_char_ref()? {
        return Ok(character.to_string());
    }
    Ok(resolve_xml_entity(entity).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn me() -> MailAddress {
        MailAddress::parse("me@example.org").unwrap()
    }

    fn file(servers: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><!-- a comment --><clientConfig version=\"1.1\"><emailProvider id=\"example.org\">
             <domain>example.org</domain>{servers}
             <outgoingServer type=\"smtp\"><hostname>smtp.example.org</hostname><port>465</port><socketType>SSL</socketType></outgoingServer>
             </emailProvider></clientConfig>"
        )
    }

    fn server(kind: &str, host: &str, port: &str, socket: &str, user: &str) -> String {
        format!(
            "<incomingServer type=\"{kind}\"><hostname>{host}</hostname><port>{port}</port>
             <socketType>{socket}</socketType><username>{user}</username>
             <authentication>password-cleartext</authentication></incomingServer>"
        )
    }

    #[test]
    fn the_server_with_implicit_tls_is_preferred() {
        let xml = file(
            &[
                server("pop3", "pop.example.org", "995", "SSL", "%EMAILADDRESS%"),
                server(
                    "imap",
                    "plain.example.org",
                    "143",
                    "plain",
                    "%EMAILADDRESS%",
                ),
                server(
                    "imap",
                    "start.%EMAILDOMAIN%",
                    "143",
                    "STARTTLS",
                    "%EMAILLOCALPART%",
                ),
                server(
                    "imap",
                    "imap.example.org",
                    " 993 ",
                    "SSL",
                    "x&#45;%EMAILLOCALPART%&amp;%",
                ),
            ]
            .concat(),
        );
        let found = parse(&xml, &me()).unwrap();
        assert_eq!(found.endpoint.to_string(), "imap.example.org:993");
        assert_eq!(found.endpoint.security, Security::Tls);
        assert_eq!(found.user, "x-me&%");
    }

    #[test]
    fn placeholders_are_filled_once() {
        let odd = MailAddress::parse("%EMAILDOMAIN%@example.org").unwrap();
        assert_eq!(fill("%EMAILLOCALPART%", &odd), "%EMAILDOMAIN%");
        let xml = file(&server("imap", "start.%EMAILDOMAIN%", "", "STARTTLS", ""));
        let found = parse(&xml, &me()).unwrap();
        assert_eq!(found.endpoint.to_string(), "start.example.org:143");
        assert_eq!(found.user, "me@example.org");
    }

    #[test]
    fn a_file_without_a_usable_server_is_refused() {
        for servers in [
            String::new(),
            server("imap", "h", "143", "plain", "me"),
            server("imap", "-bad-", "993", "SSL", "me"),
            server("imap", "h", "0", "SSL", "me"),
            server("imap", "h", "99999", "SSL", "me"),
            server("imap", "h", "993", "SSL", "a&#10;b"),
            server("imap", "&unknown;", "993", "SSL", "me"),
            server("imap", &"h".repeat(1000), "993", "SSL", "me"),
        ] {
            assert_eq!(
                parse(&file(&servers), &me()).unwrap_err().kind,
                FaultKind::Protocol
            );
        }
        for broken in ["<a></b>", "<a", "&#xffffffff;", "<html><body>hello"] {
            assert_eq!(parse(broken, &me()).unwrap_err().kind, FaultKind::Protocol);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text: String, inside: String) {
            drop(parse(&text, &me()));
            drop(parse(&file(&server("imap", &inside, "993", "SSL", &inside)), &me()));
        }
    }
}
