//! How names are written.

/// `lower_snake_case`.
pub(crate) fn is_lower_snake(name: &str) -> bool {
    is_snake(name, |c| c.is_ascii_lowercase())
}

/// `UPPER_SNAKE_CASE`.
pub(crate) fn is_upper_snake(name: &str) -> bool {
    is_snake(name, |c| c.is_ascii_uppercase())
}

/// `PascalCase`.
pub(crate) fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// `PascalCase` as `PASCAL_CASE`.
pub(crate) fn to_upper_snake(pascal: &str) -> String {
    let mut out = String::new();
    for (index, c) in pascal.char_indices() {
        if index > 0 && c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

/// `v1`, `v2beta1` and the like.
pub(crate) fn is_version(word: &str) -> bool {
    let Some(rest) = word.strip_prefix('v') else {
        return false;
    };
    let (major, stage) = match rest.find(|c: char| !c.is_ascii_digit()) {
        None => (rest, ""),
        Some(at) => rest.split_at(at),
    };
    let stage = stage
        .strip_prefix("alpha")
        .or_else(|| stage.strip_prefix("beta"))
        .unwrap_or(stage);
    !major.is_empty() && stage.chars().all(|c| c.is_ascii_digit())
}

fn is_snake(name: &str, letter: fn(&char) -> bool) -> bool {
    name.split('_')
        .all(|word| !word.is_empty() && word.chars().all(|c| letter(&c) || c.is_ascii_digit()))
        && name.starts_with(|c| letter(&c))
}
