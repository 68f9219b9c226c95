//! Where the parts of a file stand, and what is written above them.

use prost_types::FileDescriptorProto;
use prost_types::source_code_info::Location;
use std::collections::HashMap;
use std::fmt;

/// Field numbers in `descriptor.proto`, of which the path of a part is made.
pub(crate) mod tag {
    pub(crate) const PACKAGE: i32 = 2;
    pub(crate) const DEPENDENCY: i32 = 3;
    pub(crate) const FILE_MESSAGE: i32 = 4;
    pub(crate) const FILE_ENUM: i32 = 5;
    pub(crate) const SERVICE: i32 = 6;
    pub(crate) const FIELD: i32 = 2;
    pub(crate) const NESTED_MESSAGE: i32 = 3;
    pub(crate) const NESTED_ENUM: i32 = 4;
    pub(crate) const ONEOF: i32 = 8;
    pub(crate) const VALUE: i32 = 2;
    pub(crate) const METHOD: i32 = 2;
}

/// A broken rule.
pub(crate) struct Violation {
    pub(crate) rule: &'static str,
    file: String,
    line: i32,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            file,
            line,
            what,
        } = self;
        write!(f, "proto/{file}:{line}: {what} ({rule})")
    }
}

/// One file, and what was found in it.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a FileDescriptorProto,
    locations: HashMap<&'a [i32], &'a Location>,
    pub(crate) found: Vec<Violation>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a FileDescriptorProto) -> Self {
        let info = file.source_code_info.iter();
        let locations = info
            .flat_map(|info| &info.location)
            .map(|location| (&location.path[..], location))
            .collect();
        Self {
            file,
            locations,
            found: Vec::new(),
        }
    }

    /// Notes a violation at the part with this path unless the rule is kept.
    pub(crate) fn check(
        &mut self,
        kept: bool,
        rule: &'static str,
        path: &[i32],
        what: impl FnOnce() -> String,
    ) {
        if kept {
            return;
        }
        let line = self.locations.get(path).and_then(|l| l.span.first());
        self.found.push(Violation {
            rule,
            file: self.file.name().to_owned(),
            line: line.map_or(1, |line| line + 1),
            what: what(),
        });
    }

    /// Whether something is written right above the part.
    pub(crate) fn comment(&mut self, path: &[i32], what: &str) {
        let text = self
            .locations
            .get(path)
            .map_or("", |l| l.leading_comments());
        let kept = !text.trim().is_empty();
        self.check(kept, "COMMENT", path, || {
            format!("{what} has no comment above it")
        });
    }
}

/// The path of the `index`th child under `tag`.
pub(crate) fn child(path: &[i32], tag: i32, index: usize) -> Vec<i32> {
    let index = i32::try_from(index).expect("a file has fewer parts");
    [path, &[tag, index]].concat()
}
