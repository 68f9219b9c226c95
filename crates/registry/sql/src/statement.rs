//! Parts of statements that are as long as what they are given. sqlx's builder would write `?`, which
//! PostgreSQL does not take.

use std::fmt::Write as _;

/// Placeholders for `count` values, the first of them numbered `first`: `$3, $4, $5`.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 6);
    for number in first..first + count {
        let comma = if number == first { "" } else { ", " };
        write!(text, "{comma}${number}").expect("a string takes what is written");
    }
    text
}

/// Rows of placeholders, numbered from 1: `VALUES ($1, $2), ($3, $4)`.
pub(crate) fn values(rows: usize, columns: usize) -> String {
    let row = |row| format!("({})", placeholders(row * columns + 1, columns));
    format!(
        "VALUES {}",
        (0..rows).map(row).collect::<Vec<_>>().join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_on() {
        assert_eq!(placeholders(3, 3), "$3, $4, $5");
        assert_eq!(placeholders(3, 0), "");
        assert_eq!(values(2, 2), "VALUES ($1, $2), ($3, $4)");
        assert_eq!(values(1, 1), "VALUES ($1)");
    }
}
