//! Reading requests strictly.

use pushmail_wbxml::{Element, Node, ProtocolVersion, Tag};
use std::borrow::Cow;

/// Why a request is refused.
#[derive(Debug)]
pub(super) struct Wrong {
    /// The status that says so; without, the command's own for malformed requests.
    pub(super) status: Option<u16>,
    /// What is wrong, for the test that asks.
    pub(super) what: String,
}

/// What may be in an element.
pub(super) struct Form {
    /// The elements; in this order, if it matters.
    pub(super) children: &'static [Tag],
    /// Those of them that may come more than once.
    pub(super) repeated: &'static [Tag],
    pub(super) ordered: bool,
}

impl Wrong {
    pub(super) fn malformed(what: impl Into<String>) -> Self {
        let what = what.into();
        Self { status: None, what }
    }

    pub(super) fn status(status: u16, what: impl Into<String>) -> Self {
        Self {
            status: Some(status),
            what: what.into(),
        }
    }
}

impl Form {
    /// In any order, each once.
    pub(super) const fn any(children: &'static [Tag]) -> Self {
        Self {
            children,
            repeated: &[],
            ordered: false,
        }
    }

    /// Any number of these.
    pub(super) const fn list(children: &'static [Tag]) -> Self {
        Self {
            children,
            repeated: children,
            ordered: false,
        }
    }

    pub(super) fn check(&self, element: &Element, version: ProtocolVersion) -> Result<(), Wrong> {
        let parent = element.tag();
        let mut furthest = 0;
        for node in element.nodes() {
            let Node::Element(child) = node else {
                return Err(Wrong::malformed(format!("text in {parent}")));
            };
            let place = self.place(child.tag(), parent, version)?;
            if self.ordered && place < furthest {
                return Err(Wrong::malformed(format!(
                    "{} comes too late in {parent}",
                    child.tag()
                )));
            }
            furthest = place;
            let repeats = element.all(child.tag()).nth(1).is_some();
            if repeats && !self.repeated.contains(&child.tag()) {
                return Err(Wrong::malformed(format!(
                    "{} twice in {parent}",
                    child.tag()
                )));
            }
        }
        Ok(())
    }

    fn place(&self, tag: Tag, parent: Tag, version: ProtocolVersion) -> Result<usize, Wrong> {
        if tag
            .versions()
            .is_some_and(|versions| !versions.contains(version))
        {
            return Err(Wrong::malformed(format!("{version} has no {tag}")));
        }
        let place = self.children.iter().position(|known| *known == tag);
        place.ok_or_else(|| Wrong::malformed(format!("{tag:?} in {parent}")))
    }
}

/// The first child of this tag, which has to be there.
pub(super) fn required(element: &Element, tag: Tag) -> Result<&Element, Wrong> {
    let child = element.find(&[tag]);
    child.ok_or_else(|| Wrong::malformed(format!("{} without {tag}", element.tag())))
}

/// The text of an element that has nothing else.
pub(super) fn text(element: &Element) -> Result<Cow<'_, str>, Wrong> {
    match element.children().next() {
        Some(child) => Err(Wrong::malformed(format!(
            "{:?} in {}",
            child.tag(),
            element.tag()
        ))),
        None => Ok(element.text()),
    }
}

pub(super) fn number(element: &Element) -> Result<u32, Wrong> {
    let number = text(element)?.parse();
    number.map_err(|_| Wrong::malformed(format!("{} is not a number", element.tag())))
}

/// An element without content says yes.
pub(super) fn boolean(element: &Element) -> Result<bool, Wrong> {
    match &*text(element)? {
        "" | "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(Wrong::malformed(format!(
            "{} is neither 0 nor 1",
            element.tag()
        ))),
    }
}

/// The number in the first child of this tag.
pub(super) fn number_in(element: &Element, tag: Tag) -> Result<Option<u32>, Wrong> {
    element.find(&[tag]).map(number).transpose()
}

/// What the first child of this tag says.
pub(super) fn boolean_in(element: &Element, tag: Tag) -> Result<Option<bool>, Wrong> {
    element.find(&[tag]).map(boolean).transpose()
}
