//! Names of folders.

/// What divides the levels of a name.
pub(crate) const SEPARATOR: char = '/';

/// A name as it is stored: INBOX, in any case, is one folder (RFC 3501, section 5.1).
pub(crate) fn canonical(name: &str) -> String {
    let name = name.trim_end_matches(SEPARATOR);
    let first = name.split(SEPARATOR).next().unwrap_or_default();
    match first.eq_ignore_ascii_case("INBOX") {
        true => format!("INBOX{}", &name[first.len()..]),
        false => name.to_owned(),
    }
}

/// Whether a name fits a LIST pattern: `*` stands for anything, `%` for anything on one level.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let mut chars = pattern.chars();
    match chars.next() {
        None => name.is_empty(),
        Some(wild @ ('*' | '%')) => {
            let rest = chars.as_str();
            let mut ends = name.char_indices().map(|(at, c)| (at, Some(c)));
            let mut last = std::iter::once((name.len(), None));
            loop {
                let Some((at, c)) = ends.next().or_else(|| last.next()) else {
                    return false;
                };
                if matches(rest, &name[at..]) {
                    return true;
                }
                if wild == '%' && c == Some(SEPARATOR) {
                    return false;
                }
            }
        }
        Some(c) => name
            .strip_prefix(c)
            .is_some_and(|rest| matches(chars.as_str(), rest)),
    }
}

/// The names above this one, nearest last: `a` and `a/b` for `a/b/c`.
pub(crate) fn parents(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices(SEPARATOR).map(|(at, _)| &name[..at])
}

/// Whether `name` is below `root`.
pub(crate) fn is_below(root: &str, name: &str) -> bool {
    name.strip_prefix(root)
        .is_some_and(|rest| rest.starts_with(SEPARATOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_list() {
        for (pattern, name, fits) in [
            ("*", "a/b", true),
            ("%", "a/b", false),
            ("%", "ab", true),
            ("a/%", "a/b", true),
            ("a/%", "a/b/c", false),
            ("a/*", "a", false),
            ("*c", "a/b/c", true),
            ("%/b", "a/b", true),
            ("inbox", "INBOX", false),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn inbox_is_one_folder_in_any_case() {
        assert_eq!(canonical("Inbox"), "INBOX");
        assert_eq!(canonical("inbox/Sub"), "INBOX/Sub");
        assert_eq!(canonical("Inboxes/"), "Inboxes");
        assert_eq!(parents("a/b/c").collect::<Vec<_>>(), ["a", "a/b"]);
        assert!(is_below("a", "a/b") && !is_below("a", "ab"));
    }
}
