//! Host names (RFC 952, RFC 1123 section 2.1) and addresses.

use std::net::IpAddr;

/// The host in its one spelling: names in lower case without a trailing dot, addresses as the
/// standard library writes them.
///
/// # Errors
/// The rule broken, with the remedy.
pub(super) fn parse(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.len() > 253 {
        return Err("must have 1 to 253 characters: give the mail server's DNS name or IP address");
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    if text.starts_with('[') || text.contains(':') {
        return Err(
            "is no DNS name or IP address: write an IPv6 address without brackets and zone, and the port in imap.port",
        );
    }
    if !text.is_ascii() {
        return Err("has letters outside ASCII: write an international name in its xn-- form");
    }
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let labels = || name.split('.');
    if !labels().all(is_label) {
        return Err(
            "is no DNS name or IP address: use labels of 1 to 63 letters, digits and inner hyphens, with dots between",
        );
    }
    // Resolvers read "127.1", "2130706433" and "0x7f.1" as addresses, past every check of names.
    if labels().next_back().is_some_and(is_number) {
        return Err("ends in a number but is no IP address: write all four parts in decimal");
    }
    Ok(name)
}

fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_number(label: &str) -> bool {
    let hex = label.strip_prefix("0x");
    label.bytes().all(|b| b.is_ascii_digit())
        || hex.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_have_one_spelling() {
        for (text, host) in [
            ("IMAP.Example.org", "imap.example.org"),
            ("imap.example.org.", "imap.example.org"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("localhost", "localhost"),
            ("192.0.2.1", "192.0.2.1"),
            ("2001:DB8::1", "2001:db8::1"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(host));
        }
    }

    #[test]
    fn what_is_neither_name_nor_address_is_refused() {
        let (label, name) = ("a".repeat(64), "a.".repeat(127));
        for text in [
            "",
            ".",
            "a..b",
            "-a.example",
            "a-.example",
            "a_b.example",
            "a b",
            "a\r\nb",
            "a\0",
            "bücher.example",
            "[::1]",
            "::1%lo",
            "imap.example:993",
            "imaps://imap.example",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0x7f000001",
            "1.2.3.4.5",
            "256.1.1.1",
            &label,
            &name,
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
