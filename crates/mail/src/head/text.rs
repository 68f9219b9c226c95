//! Text for people: on one line, without characters that do something.

/// Folds white space into single spaces, drops what cannot be seen, and cuts to `most` characters.
///
/// Control characters could drive a terminal; zero-width ones pad the previews of newsletters.
pub(super) fn fold(text: &str, most: usize) -> String {
    let mut folded = String::new();
    let mut gap = false;
    let mut left = most;
    for character in text.chars() {
        if character.is_whitespace() {
            gap = !folded.is_empty();
            continue;
        }
        if is_invisible(character) {
            continue;
        }
        let needed = 1 + usize::from(gap);
        if needed > left {
            break;
        }
        left -= needed;
        if std::mem::take(&mut gap) {
            folded.push(' ');
        }
        folded.push(character);
    }
    folded
}

/// The first `most` characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Control characters, soft hyphens, zero-width spaces and marks, and the marks that turn the writing direction.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_folded_and_control_characters_are_dropped() {
        assert_eq!(fold("  a\r\n\t b\u{1b}[31mc\u{200b}  ", 99), "a b[31mc");
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(fold("äöü äöü", 4), "äöü");
        assert_eq!(fold("äöü äöü", 5), "äöü ä");
        assert_eq!(cut("äöü", 2), "äö");
    }
}
