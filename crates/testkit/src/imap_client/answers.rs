//! What untagged answers tell.

use super::Untagged;

/// The folder's name in an answer to LIST.
pub(super) fn listed(answer: &Untagged) -> Option<String> {
    let (_, rest) = answer.line.strip_prefix("* LIST (")?.split_once(") ")?;
    let (_delimiter, name) = rest.split_once(' ')?;
    if let Some(literal) = answer.literals.first() {
        return Some(String::from_utf8_lossy(literal).into_owned());
    }
    let Some(quoted) = name.strip_prefix('"').and_then(|n| n.strip_suffix('"')) else {
        return Some(name.to_owned());
    };
    Some(quoted.replace("\\\"", "\"").replace(r"\\", r"\"))
}

/// The items and numbers in an answer to STATUS.
pub(super) fn numbers(answer: &Untagged) -> Vec<(String, u64)> {
    let items = answer.line.strip_prefix("* STATUS ");
    let items = items.and_then(|rest| rest.rsplit_once('('));
    let words: Vec<&str> = items.map_or(Vec::new(), |(_, items)| {
        items.trim_end_matches(')').split(' ').collect()
    });
    let pairs = words.chunks_exact(2);
    pairs
        .filter_map(|pair| Some((pair[0].to_owned(), pair[1].parse().ok()?)))
        .collect()
}

/// UID and Message-ID in an answer to FETCH.
pub(super) fn message_id(answer: &Untagged) -> Option<(u32, String)> {
    let uid = uid(answer)?;
    let header = String::from_utf8_lossy(answer.literals.first()?).into_owned();
    let id = header.split_once(':').map_or("", |(_, id)| id.trim());
    Some((uid, id.to_owned()))
}

/// UID and flags in an answer to FETCH.
pub(super) fn flags(answer: &Untagged) -> Option<(u32, Vec<String>)> {
    let (_, rest) = answer.line.split_once("FLAGS (")?;
    let (names, _) = rest.split_once(')')?;
    let names = names.split_whitespace().filter(|name| *name != r"\Recent");
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    Some((uid(answer)?, names))
}

/// The UID, which a server may put before or after the other items.
fn uid(answer: &Untagged) -> Option<u32> {
    let (_, items) = answer.line.split_once(" FETCH (")?;
    let (_, rest) = items
        .strip_prefix("UID ")
        .map(|rest| ("", rest))
        .or_else(|| items.split_once(" UID "))?;
    let digits = rest.split([' ', ')']).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: &str) -> Untagged {
        let line = line.to_owned();
        let literals = Vec::new();
        Untagged { line, literals }
    }

    #[test]
    fn names_of_folders_are_read_in_every_form() {
        let name = |text| listed(&line(text)).unwrap();
        assert_eq!(name(r#"* LIST (\HasNoChildren) "/" INBOX"#), "INBOX");
        assert_eq!(name(r#"* LIST () "." "INBOX.A b""#), "INBOX.A b");
        assert_eq!(name(r#"* LIST () NIL "a\"b\\c""#), r#"a"b\c"#);
    }

    #[test]
    fn numbers_of_a_folder_are_read() {
        let read = numbers(&line(r#"* STATUS "A (b)" (MESSAGES 3 UIDNEXT 9)"#));
        assert_eq!(
            read,
            [("MESSAGES".to_owned(), 3), ("UIDNEXT".to_owned(), 9)]
        );
    }

    #[test]
    fn a_uid_is_found_wherever_it_stands() {
        let seen = vec![r"\Seen".to_owned()];
        let first = line(r"* 1 FETCH (UID 7 FLAGS (\Seen \Recent))");
        let last = line(r"* 1 FETCH (FLAGS (\Seen) UID 7)");
        assert_eq!(flags(&first), Some((7, seen.clone())));
        assert_eq!(flags(&last), Some((7, seen)));
    }
}
