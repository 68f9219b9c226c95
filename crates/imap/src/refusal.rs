//! What a server's words mean when it refuses.

/// What servers write when they refuse for now and give no code. Lower case.
const FOR_NOW: [&str; 17] = [
    "authenticated but not connected",
    "exceeded",
    "going down",
    "internal error",
    "internal server error",
    "maximum number of connections",
    "overload",
    "rate limit",
    "server busy",
    "shutting down",
    "system busy",
    "temporar",
    "throttl",
    "timed out",
    "too many",
    "try again later",
    "unavailable",
];

/// Whether the words say that the server refuses for now rather than for good. A response code comes first.
pub fn is_for_now(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    FOR_NOW.iter().any(|known| words.contains(known))
}

#[cfg(test)]
mod tests {
    use super::is_for_now;

    #[test]
    fn words_that_ask_for_patience_are_known_in_any_case() {
        assert!(is_for_now("User is AUTHENTICATED but not connected."));
        assert!(is_for_now("Temporary failure"));
        assert!(!is_for_now("Invalid credentials"));
    }
}
