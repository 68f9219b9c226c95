//! Folder names as IMAP writes them.

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

const MODIFIED: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// A folder's name as a quoted string (RFC 9051, section 4.3.2) in modified UTF-7 (RFC 3501, section
/// 5.1.3), which every server takes.
pub(crate) fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    let mut run = Vec::new();
    for character in name.chars() {
        if !matches!(character, ' '..='~') {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                run.extend_from_slice(&unit.to_be_bytes());
            }
            continue;
        }
        end_run(&mut run, &mut quoted);
        match character {
            '&' => quoted.push_str("&-"),
            '"' | '\\' => quoted.extend(['\\', character]),
            _ => quoted.push(character),
        }
    }
    end_run(&mut run, &mut quoted);
    quoted.push('"');
    quoted
}

fn end_run(run: &mut Vec<u8>, quoted: &mut String) {
    if !run.is_empty() {
        quoted.push('&');
        MODIFIED.encode_string(&run, quoted);
        quoted.push('-');
        run.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_as_rfc_3501_shows() {
        let name = "~peter/mail/台北/日本語";
        assert_eq!(quoted(name), "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"");
        assert_eq!(quoted("A & B"), "\"A &- B\"");
    }

    #[test]
    fn nothing_in_a_name_ends_the_command() {
        assert_eq!(quoted("a\"b\\c"), r#""a\"b\\c""#);
        assert_eq!(quoted("a\r\nb"), "\"a&AA0ACg-b\"");
    }
}
