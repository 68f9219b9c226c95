//! Sets of sequence numbers and UIDs (RFC 3501, `sequence-set`).

/// A set as `1,4:7,9:*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NumberSet(Vec<(Edge, Edge)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    Number(u32),
    /// `*`: the largest number in use.
    Last,
}

impl NumberSet {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts = text.split(',').map(|part| {
            let (from, to) = part.split_once(':').unwrap_or((part, part));
            Some((Edge::parse(from)?, Edge::parse(to)?))
        });
        parts.collect::<Option<_>>().map(Self)
    }

    /// Whether the set holds `number`, where `last` is the largest in use. `9:*` always holds the
    /// last, even if 9 is beyond it.
    pub(crate) fn contains(&self, number: u32, last: u32) -> bool {
        self.0.iter().any(|(from, to)| {
            let (from, to) = (from.resolve(last), to.resolve(last));
            (from.min(to)..=from.max(to)).contains(&number)
        })
    }
}

impl Edge {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "*" => Some(Self::Last),
            digits => digits.parse().ok().filter(|n| *n > 0).map(Self::Number),
        }
    }

    fn resolve(self, last: u32) -> u32 {
        match self {
            Self::Number(number) => number,
            Self::Last => last,
        }
    }
}

/// Rising numbers as a set: `1,4:7`.
pub(crate) fn ranges(numbers: impl IntoIterator<Item = u32>) -> String {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match found.last_mut() {
            Some((_, to)) if to.checked_add(1) == Some(number) => *to = number,
            _ => found.push((number, number)),
        }
    }
    let texts = found.into_iter().map(|(from, to)| match from == to {
        true => from.to_string(),
        false => format!("{from}:{to}"),
    });
    texts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(set: &str, last: u32) -> Option<Vec<u32>> {
        let set = NumberSet::parse(set)?;
        Some((1..=last).filter(|n| set.contains(*n, last)).collect())
    }

    #[test]
    fn a_set_up_to_the_star_always_holds_the_last_message() {
        assert_eq!(chosen("4:*", 2), Some(vec![2]));
        assert_eq!(chosen("2:*", 4), Some(vec![2, 3, 4]));
        assert_eq!(chosen("*", 4), Some(vec![4]));
        assert_eq!(chosen("1:*", 0), Some(vec![]));
        assert_eq!(chosen("1,3:10", 4), Some(vec![1, 3, 4]));
        assert_eq!(chosen("x", 4), None);
        assert_eq!(chosen("0", 4), None);
    }

    #[test]
    fn neighbours_become_ranges() {
        assert_eq!(ranges([1, 4, 5, 6, 9]), "1,4:6,9");
        assert_eq!(ranges([]), "");
    }
}
