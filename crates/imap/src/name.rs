//! Folder names and strings as IMAP writes them.

use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const MODIFIED: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// A folder's name in modified UTF-7 (RFC 3501, section 5.1.3), which every server takes.
pub fn modified_utf7(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    let mut run = Vec::new();
    for character in name.chars() {
        if matches!(character, ' '..='~') {
            end_run(&mut run, &mut encoded);
            encoded.push(character);
            if character == '&' {
                encoded.push('-');
            }
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                run.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    end_run(&mut run, &mut encoded);
    encoded
}

/// The folder's name that a server wrote in modified UTF-7. What is not modified UTF-7 stays as it is, with
/// what is not UTF-8 replaced.
pub fn decoded(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    let mut decoded = String::with_capacity(name.len());
    let mut parts = name.split('&');
    decoded.push_str(parts.next().unwrap_or_default());
    for part in parts {
        match part.split_once('-') {
            Some(("", rest)) => {
                decoded.push('&');
                decoded.push_str(rest);
            }
            Some((run, rest)) => match decoded_run(run) {
                Some(text) => {
                    decoded.push_str(&text);
                    decoded.push_str(rest);
                }
                None => return name.into_owned(),
            },
            None => return name.into_owned(),
        }
    }
    decoded
}

fn decoded_run(run: &str) -> Option<String> {
    let bytes = MODIFIED.decode(run).ok()?;
    let units: Vec<u16> = bytes
        .chunks(2)
        .map(|unit| Some(u16::from_be_bytes(unit.try_into().ok()?)))
        .collect::<Option<_>>()?;
    String::from_utf16(&units).ok()
}

/// Whether two names are those of one folder: exactly, but for INBOX, which is written in any case.
pub fn same(one: &str, other: &str) -> bool {
    one == other || is_inbox(one) && is_inbox(other)
}

/// Whether this is the name of the INBOX (RFC 9051, section 5.1).
pub fn is_inbox(name: &str) -> bool {
    name.eq_ignore_ascii_case("INBOX")
}

fn end_run(run: &mut Vec<u8>, encoded: &mut String) {
    if !run.is_empty() {
        encoded.push('&');
        MODIFIED.encode_string(&run, encoded);
        encoded.push('-');
        run.clear();
    }
}

/// A quoted string (RFC 9051, section 4.3.2) of text that [`fits_quoted`].
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

/// Whether the text can be a quoted string that every server takes: printable ASCII.
pub fn fits_quoted(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_as_rfc_3501_shows() {
        let name = "~peter/mail/台北/日本語";
        assert_eq!(modified_utf7(name), "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        assert_eq!(modified_utf7("A & B"), "A &- B");
        assert_eq!(modified_utf7("Entwürfe"), "Entw&APw-rfe");
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in [
            "~peter/mail/台北/日本語",
            "A & B",
            "Entwürfe",
            "plain",
            "&",
            "🙂-&-",
        ] {
            assert_eq!(decoded(modified_utf7(name).as_bytes()), name);
        }
    }

    #[test]
    fn what_is_not_modified_utf_7_stays_as_it_is() {
        for name in ["A & B", "&AP", "&AP-", "&====-"] {
            assert_eq!(decoded(name.as_bytes()), name);
        }
        assert_eq!(decoded(b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
    }
}
