//! What a server takes as a proof of who we are (RFC 9110, section 11.6.1).

/// What a server takes as a proof of who we are. Some servers say nothing with their 401: then all is `false`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Challenges {
    /// Basic (RFC 7617): a name and a password.
    pub basic: bool,
    /// Bearer (RFC 6750): an access token.
    pub bearer: bool,
    /// Any other, such as Negotiate or NTLM.
    pub other: bool,
}

impl Challenges {
    pub(super) fn of(values: impl Iterator<Item = String>) -> Self {
        let mut challenges = Self::default();
        for value in values {
            parts(&value)
                .filter_map(scheme)
                .for_each(|scheme| challenges.add(scheme));
        }
        challenges
    }

    fn add(&mut self, scheme: &str) {
        if scheme.eq_ignore_ascii_case("Basic") {
            self.basic = true;
        } else if scheme.eq_ignore_ascii_case("Bearer") {
            self.bearer = true;
        } else {
            self.other = true;
        }
    }
}

/// The parts between commas, but for commas in quotes.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    value.split(move |char| {
        let is_escaped = std::mem::take(&mut escaped);
        escaped = char == '\\' && quoted && !is_escaped;
        quoted ^= char == '"' && !is_escaped;
        char == ',' && !quoted
    })
}

/// The scheme that a part begins with: a word that is not the name of a parameter.
fn scheme(part: &str) -> Option<&str> {
    let word = part.split_whitespace().next()?;
    let is_parameter = word.contains('=')
        || part.trim_start()[word.len()..]
            .trim_start()
            .starts_with('=');
    (!is_parameter).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[&str]) -> Challenges {
        Challenges::of(values.iter().map(|value| (*value).to_owned()))
    }

    #[test]
    fn schemes_are_found_in_one_header_and_in_several() {
        let both = Challenges {
            basic: true,
            bearer: true,
            other: false,
        };
        assert_eq!(
            of(&["Basic realm=\"a, Negotiate \\\" b\", bearer client_id = \"x\""]),
            both
        );
        assert_eq!(of(&["Bearer", "BASIC realm=\"\""]), both);
        assert!(of(&["Negotiate", "NTLM"]).other);
        assert_eq!(of(&[]), Challenges::default());
    }

    proptest! {
        #[test]
        fn no_header_does_harm(value: String) {
            let _read = of(&[&value]);
        }
    }
}
