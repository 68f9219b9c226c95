//! Mends a mail that was cut off, so that its open MIME parts are read (RFC 2046, section 5.1.1).

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

/// How deep messages within messages are looked into, and how many boundaries are closed.
const NESTED: usize = 4;
const BOUNDARIES: usize = 32;

/// The mail with every open multipart closed.
///
/// Without that the library takes the part that was cut off for broken, and shows it undecoded.
pub(super) fn close(head: &[u8]) -> Vec<u8> {
    let mut whole = without_half_escape(head).to_vec();
    for boundary in open_boundaries(head).iter().rev() {
        whole.extend_from_slice(b"\r\n--");
        whole.extend_from_slice(boundary.as_bytes());
        whole.extend_from_slice(b"--");
    }
    whole.extend_from_slice(b"\r\n");
    whole
}

/// Without the `=` or `=4` that quoted-printable text may have been cut off at.
fn without_half_escape(head: &[u8]) -> &[u8] {
    let tail = head.len().saturating_sub(2);
    match head[tail..].iter().rposition(|byte| *byte == b'=') {
        Some(at) => &head[..tail + at],
        None => head,
    }
}

/// The boundaries that were begun and not ended, outermost first.
fn open_boundaries(head: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(message) = MessageParser::default().parse(head) {
        collect(&message, NESTED, &mut found);
    }
    found.retain(|boundary| !contains(head, format!("--{boundary}--").as_bytes()));
    found
}

fn collect(message: &Message<'_>, depth: usize, found: &mut Vec<String>) {
    for part in &message.parts {
        let boundary = part
            .content_type()
            .and_then(|kind| kind.attribute("boundary"));
        if let Some(boundary) = boundary
            && found.len() < BOUNDARIES
        {
            found.push(boundary.to_owned());
        }
        if let PartType::Message(inner) = &part.body
            && depth > 0
        {
            collect(inner, depth - 1, found);
        }
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
