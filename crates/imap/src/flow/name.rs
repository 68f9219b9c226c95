//! Folder names and strings as IMAP writes them.

use base64::Engine;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const MODIFIED: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// A folder's name in modified UTF-7 (RFC 3501, section 5.1.3), which every server takes.
pub(super) fn modified_utf7(name: &str) -> String {
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

fn end_run(run: &mut Vec<u8>, encoded: &mut String) {
    if !run.is_empty() {
        encoded.push('&');
        MODIFIED.encode_string(&run, encoded);
        encoded.push('-');
        run.clear();
    }
}

/// A quoted string (RFC 9051, section 4.3.2) of text that [`fits_quoted`].
pub(super) fn quoted(text: &str) -> String {
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
pub(super) fn fits_quoted(text: &str) -> bool {
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
    fn quotes_and_backslashes_are_escaped() {
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
    }
}
