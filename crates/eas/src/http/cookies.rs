//! What the server wants to see again (RFC 6265).

use pushmail_domain::Secret;

/// Most cookies that are kept. Exchange has about five.
const MOST: usize = 16;
/// Longest name and value together, in bytes.
const LONGEST: usize = 4 * 1024;
/// Most bytes of all names and values.
const MOST_BYTES: usize = 12 * 1024;
/// A date before this year is past, whatever the clock says.
const PAST: u32 = 2020;

/// The cookies of one host. Domain and Path are not looked at: there is one host, and one path.
///
/// Expires is looked at only for whether it deletes the cookie: there is no clock here, and a jar does not outlive its
/// conversation. It is bounded: a cookie that is too long is not taken, and the oldest makes room for a new one.
#[derive(Debug, Clone, Default)]
pub struct CookieJar(Vec<Cookie>);

#[derive(Debug, Clone)]
struct Cookie {
    name: String,
    value: Secret<String>,
}

impl CookieJar {
    /// An empty jar.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Takes what a Set-Cookie says: a new cookie, one that replaces an older one, or that one is deleted.
    pub fn take(&mut self, set_cookie: &str) {
        let mut parts = set_cookie.split(';');
        let pair = parts.next().and_then(|pair| pair.split_once('='));
        let Some((name, value)) = pair.map(|(name, value)| (name.trim(), value.trim())) else {
            return;
        };
        if !is_sendable(name, value) {
            return;
        }
        self.0.retain(|cookie| cookie.name != name);
        if parts.any(deletes) {
            return;
        }
        self.0.push(Cookie {
            name: name.to_owned(),
            value: Secret::new(value.to_owned()),
        });
        while self.0.len() > MOST || self.size() > MOST_BYTES {
            self.0.remove(0);
        }
    }

    /// The value of the header Cookie; `None` if the jar is empty.
    pub(super) fn header(&self) -> Option<Secret<String>> {
        if self.0.is_empty() {
            return None;
        }
        let mut header = String::with_capacity(self.size() + 3 * self.0.len());
        for Cookie { name, value } in &self.0 {
            let separator = if header.is_empty() { "" } else { "; " };
            header.extend([separator, name, "=", value.expose()]);
        }
        Some(Secret::new(header))
    }

    fn size(&self) -> usize {
        let sizes = self.0.iter();
        sizes
            .map(|cookie| cookie.name.len() + cookie.value.expose().len())
            .sum()
    }
}

/// Whether a pair can be sent back without becoming something else on the way.
fn is_sendable(name: &str, value: &str) -> bool {
    let name_fits = name
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b',');
    let value_fits = value
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == b' ');
    !name.is_empty() && name_fits && value_fits && name.len() + value.len() <= LONGEST
}

/// Whether an attribute deletes the cookie.
fn deletes(attribute: &str) -> bool {
    let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
    let value = value.trim().trim_matches('"');
    match name.trim().to_ascii_lowercase().as_str() {
        "max-age" => value == "0" || value.starts_with('-'),
        "expires" => value.starts_with('-') || value == "0" || is_past(value),
        _ => false,
    }
}

/// Whether a date is of a year that is past for certain.
fn is_past(date: &str) -> bool {
    date.split(|char: char| !char.is_ascii_digit())
        .find(|digits| digits.len() == 4)
        .and_then(|year| year.parse::<u32>().ok())
        .is_some_and(|year| year < PAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn jar(cookies: &[&str]) -> CookieJar {
        let mut jar = CookieJar::new();
        cookies.iter().for_each(|cookie| jar.take(cookie));
        jar
    }

    fn header(cookies: &[&str]) -> Option<String> {
        Some(jar(cookies).header()?.expose().clone())
    }

    #[test]
    fn cookies_are_sent_back_without_their_attributes() {
        let sent = header(&[
            "a=1; path=/; secure; HttpOnly",
            " b = x=y ;Domain=.mail.test",
        ]);
        assert_eq!(sent.as_deref(), Some("a=1; b=x=y"));
    }

    #[test]
    fn a_new_value_replaces_the_old_one() {
        assert_eq!(header(&["a=1", "b=2", "a=3"]).as_deref(), Some("b=2; a=3"));
    }

    #[test]
    fn a_cookie_is_deleted_by_its_age_and_by_a_date_long_past() {
        for attribute in [
            "Max-Age=0",
            "max-age=-1",
            "expires=Thu, 01-Jan-1970 00:00:00 GMT",
            "Expires=0",
        ] {
            assert_eq!(
                header(&["a=1", &format!("a=; {attribute}")]),
                None,
                "{attribute}"
            );
        }
        let kept = ["a=1; Max-Age=3600; Expires=Wed, 21 Oct 2065 07:28:00 GMT"];
        assert_eq!(header(&kept).as_deref(), Some("a=1"));
    }

    #[test]
    fn what_would_be_something_else_on_the_way_is_not_kept() {
        assert_eq!(
            header(&["a", "=1", "a=1\r\nb: 2", "ä=1", "a=ä", "a b=1"]),
            None
        );
    }

    #[test]
    fn a_jar_is_bounded_and_keeps_the_newest() {
        let many: Vec<_> = (0..100).map(|number| format!("c{number}=1")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        let sent = header(&many).unwrap();
        assert_eq!(sent.split(';').count(), MOST);
        assert!(sent.ends_with("c99=1"));
        let large = [3000; 9].map(|length| "v".repeat(length));
        let large: Vec<_> = large
            .iter()
            .zip('a'..)
            .map(|(value, name)| format!("{name}={value}"))
            .collect();
        let large: Vec<_> = large.iter().map(String::as_str).collect();
        assert!(jar(&large).size() <= MOST_BYTES);
        assert_eq!(header(&[&format!("a={}", "v".repeat(LONGEST))]), None);
    }

    #[test]
    fn a_cookie_does_not_show_in_debug_output() {
        assert!(!format!("{:?}", jar(&["name=hunter2"])).contains("hunter2"));
    }

    proptest! {
        #[test]
        fn no_header_does_harm(cookies in proptest::collection::vec(".{0,60}", 0..20)) {
            let cookies: Vec<_> = cookies.iter().map(String::as_str).collect();
            let sent = header(&cookies).unwrap_or_default();
            prop_assert!(sent.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '));
        }
    }
}
