//! A text part as people read it.

use crate::structure::Shape;
use mail_parser::decoders::charsets::map::charset_decoder;
use pushmail_mail::html;
use std::panic::catch_unwind;

/// The decoded bytes of a text part as UTF-8, HTML reduced to its text. Line ends stay as they are. What
/// the charset does not know becomes U+FFFD.
pub(crate) fn readable(bytes: &[u8], shape: &Shape) -> String {
    let read = || {
        let text = match charset_decoder(shape.charset.as_bytes()) {
            Some(decode) => decode(bytes),
            None => String::from_utf8_lossy(bytes).into_owned(),
        };
        match shape.content_type.as_str() {
            "text/html" => html::to_text(&text),
            _ => text,
        }
    };
    // The library has arithmetic that overflow checks catch on crafted mail.
    catch_unwind(read).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Encoding;

    fn shape(content_type: &str, charset: &str) -> Shape {
        Shape {
            section: "1".into(),
            content_type: content_type.into(),
            charset: charset.into(),
            filename: String::new(),
            encoding: Encoding::Identity,
            octets: None,
        }
    }

    #[test]
    fn every_charset_becomes_utf_8() {
        for (charset, bytes) in [
            ("iso-8859-1", &b"caf\xe9"[..]),
            ("utf-8", "café".as_bytes()),
            ("", "café".as_bytes()),
            ("utf-16le", b"c\0a\0f\0\xe9\0"),
        ] {
            assert_eq!(
                readable(bytes, &shape("text/plain", charset)),
                "café",
                "{charset}"
            );
        }
    }

    #[test]
    fn html_is_reduced_to_its_text() {
        let html = b"<style>p{}</style><p>Hello <b>you</b> &amp; me</p>";
        let text = readable(html, &shape("text/html", "utf-8"));
        assert_eq!(text.trim(), "Hello you & me");
    }
}
