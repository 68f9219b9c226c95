//! As much of NATS's client protocol as telling messages apart takes.

/// The longest line that is no message.
const MAX_LINE: usize = 1 << 20;

/// What the next frame of a stream of bytes is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// How many bytes it has.
    pub(super) length: usize,
    /// `None` if it is no message.
    pub(super) message: Option<Message>,
}

/// A message that is published (`PUB`, `HPUB`) or delivered (`MSG`, `HMSG`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) subject: String,
    /// Where an answer goes, if it is published.
    pub(super) reply: Option<String>,
    /// Where the payload begins, headers left out, and where it ends.
    pub(super) payload: (usize, usize),
}

/// The frame at the beginning of the bytes; `None` if they end before it does.
pub(super) fn next(bytes: &[u8]) -> Option<Frame> {
    let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") else {
        // Whatever this is, it passes as it comes.
        let odd = bytes.len() > MAX_LINE;
        return odd.then_some(Frame {
            length: bytes.len(),
            message: None,
        });
    };
    let line = String::from_utf8_lossy(&bytes[..end]);
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let begin = end + 2;
    let plain = Frame {
        length: begin,
        message: None,
    };
    let Some((subject, reply, headers, total)) = sizes(&words) else {
        return Some(plain);
    };
    let length = begin + total + 2;
    (bytes.len() >= length).then(|| Frame {
        length,
        message: Some(Message {
            subject,
            reply,
            payload: (begin + headers, begin + total),
        }),
    })
}

/// Subject, reply, and the bytes of headers and of all, of a message's line.
fn sizes(words: &[&str]) -> Option<(String, Option<String>, usize, usize)> {
    let operation = words.first()?.to_ascii_uppercase();
    // How many words a line without a reply has, and where the reply stands.
    let (least, reply, has_headers) = match operation.as_str() {
        "PUB" => (3, 2, false),
        "HPUB" => (4, 2, true),
        "MSG" => (4, 3, false),
        "HMSG" => (5, 3, true),
        _ => return None,
    };
    let number = |at: usize| words.get(at)?.parse::<usize>().ok();
    let total = number(words.len() - 1)?;
    let headers = if has_headers {
        number(words.len() - 2)?
    } else {
        0
    };
    let reply = (words.len() > least).then(|| words[reply].to_owned());
    Some((words.get(1)?.to_string(), reply, headers, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> (usize, Message) {
        let frame = next(text.as_bytes()).unwrap();
        (frame.length, frame.message.unwrap())
    }

    #[test]
    fn a_publish_is_known_by_subject_reply_and_payload() {
        let text = "HPUB ev.1.x _INBOX.1 12 15\r\nNATS/1.0\r\n\r\nabc\r\nPING\r\n";
        let (length, found) = message(text);
        assert_eq!(length, text.len() - 6);
        assert_eq!(found.subject, "ev.1.x");
        assert_eq!(found.reply.as_deref(), Some("_INBOX.1"));
        assert_eq!(&text[found.payload.0..found.payload.1], "abc");
        let (_, found) = message("PUB a 0\r\n\r\n");
        assert_eq!((found.subject.as_str(), found.reply), ("a", None));
    }

    #[test]
    fn a_delivery_is_known_by_subject_and_payload() {
        let text = "MSG _INBOX.1 4 2\r\n{}\r\n";
        let (_, found) = message(text);
        assert_eq!(found.subject, "_INBOX.1");
        assert_eq!(&text[found.payload.0..found.payload.1], "{}");
        let text = "HMSG a 4 r 12 14\r\nNATS/1.0\r\n\r\n{}\r\n";
        let (_, found) = message(text);
        assert_eq!(&text[found.payload.0..found.payload.1], "{}");
    }

    #[test]
    fn other_lines_pass_and_half_a_frame_waits() {
        let ping = Frame {
            length: 6,
            message: None,
        };
        assert_eq!(next(b"PING\r\nPO"), Some(ping));
        assert_eq!(next(b"PO"), None);
        assert_eq!(next(b"PUB a 3\r\nab"), None);
    }
}
