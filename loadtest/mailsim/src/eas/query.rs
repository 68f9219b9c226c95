//! The query of a request, in plain text (MS-ASHTTP, section 2.2.1.1.1.2).

use percent_encoding::percent_decode_str;

/// What a query says. What it does not say is empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) command: String,
    pub(super) user: String,
    pub(super) device_id: String,
    pub(super) device_type: String,
}

impl Query {
    /// Reads a query; none if it is not in plain text, or not UTF-8.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut query = Self::default();
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=')?;
            let value = percent_decode_str(value).decode_utf8().ok()?.into_owned();
            match name {
                "Cmd" => query.command = value,
                "User" => query.user = value,
                "DeviceId" => query.device_id = value,
                "DeviceType" => query.device_type = value,
                _ => {}
            }
        }
        Some(query)
    }

    /// Letters and digits, at most 32 (MS-ASHTTP, section 2.2.1.1.1.2.3).
    pub(super) fn has_device_id(&self) -> bool {
        is_word(&self.device_id)
    }

    /// As the id (MS-ASHTTP, section 2.2.1.1.1.2.4).
    pub(super) fn has_device_type(&self) -> bool {
        is_word(&self.device_type)
    }
}

fn is_word(text: &str) -> bool {
    let fits = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits && (1..=32).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_and_base64_is_refused() {
        let query = Query::parse("Cmd=Sync&User=a%2Bb%40x.test&DeviceId=v1&DeviceType=SmartPhone");
        let query = query.unwrap();
        assert_eq!((&*query.command, &*query.user), ("Sync", "a+b@x.test"));
        assert!(query.has_device_id() && query.has_device_type());
        assert_eq!(Query::parse("jAAJBAp2MTQwRGV2aWNlAApTbWFydFBob25l"), None);
    }
}
