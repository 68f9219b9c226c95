//! Answers of version 2, in JSON. Microsoft documents them in examples only.

use serde::Deserialize;

/// An answer that names a server. Others, which say why they do not, have other members.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    protocol: String,
    url: String,
}

/// The server's URL, if the answer names one.
pub(super) fn url(body: &[u8]) -> Option<String> {
    let told: Told = serde_json::from_slice(body).ok()?;
    let fits = told.protocol.eq_ignore_ascii_case("ActiveSync");
    fits.then_some(told.url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_a_server_of_activesync_is_taken() {
        let told = |text: &str| url(text.as_bytes());
        let found = told("{\"Protocol\":\"ActiveSync\",\"Url\":\"https://a/b\",\"More\":[1]}");
        assert_eq!(found.as_deref(), Some("https://a/b"));
        for other in [
            "{\"Protocol\":\"EWS\",\"Url\":\"https://a/b\"}",
            "{\"ErrorCode\":\"UserNotFound\",\"ErrorMessage\":\"x\"}",
            "<html></html>",
            "",
        ] {
            assert_eq!(told(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_does_harm(body: Vec<u8>) {
            let _read = url(&body);
        }
    }
}
