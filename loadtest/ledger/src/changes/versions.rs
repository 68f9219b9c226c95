//! Each event of an account raises its cursor's version by one.

use crate::checker::Logged;
use std::collections::HashMap;

/// Where that does not hold: what to say of it.
pub(crate) fn gaps(logged: &[Logged]) -> Vec<String> {
    let mut newest: HashMap<&str, u64> = HashMap::new();
    let mut gaps = Vec::new();
    for event in logged {
        let newest = newest.entry(&event.account).or_default();
        if event.version != *newest + 1 {
            gaps.push(format!(
                "{}: version {} of the cursor after {newest} ({})",
                event.account, event.version, event.event
            ));
        }
        *newest = event.version;
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(versions: &[u64]) -> Vec<Logged> {
        let versions = versions.iter().enumerate();
        versions
            .map(|(place, version)| Logged {
                event: format!("e{place}"),
                account: "a".into(),
                sequence: place as u64,
                version: *version,
            })
            .collect()
    }

    #[test]
    fn a_version_left_out_or_repeated_is_found() {
        assert_eq!(gaps(&log(&[1, 2, 3])), Vec::<String>::new());
        assert_eq!(gaps(&log(&[1, 3])).len(), 1);
        assert_eq!(gaps(&log(&[1, 2, 2])).len(), 1);
    }
}
