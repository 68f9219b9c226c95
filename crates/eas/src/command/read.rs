//! Reading small answers.

use super::error::Error;
use super::id::LONGEST;
use pushmail_wbxml::{Element, Limits, Tag};

/// Reads a document whose first element is this one.
pub(super) fn document(bytes: &[u8], root: Tag, limits: Limits) -> Result<Element, Error> {
    let element = Element::decode(bytes, limits)?;
    let found = element.tag();
    if found != root {
        let expected = root;
        return Err(Error::OtherCommand { expected, found });
    }
    Ok(element)
}

/// A number of the form that servers send, which may have spaces around it.
pub(super) fn number<N: std::str::FromStr>(tag: Tag, text: &str) -> Result<N, Error> {
    text.trim().parse().map_err(|_| Error::Malformed(tag))
}

/// The number in the first child with this tag.
pub(super) fn number_in<N: std::str::FromStr>(
    parent: &Element,
    tag: Tag,
) -> Result<Option<N>, Error> {
    let child = parent.find(&[tag]);
    child.map(|child| number(tag, &child.text())).transpose()
}

/// What the first child with this tag names, by `new`; none if the child is empty.
pub(super) fn id_in<I>(
    parent: &Element,
    tag: Tag,
    new: impl FnOnce(String) -> Option<I>,
) -> Result<Option<I>, Error> {
    let text = parent.find(&[tag]).map(Element::text);
    id(tag, text.unwrap_or_default().into_owned(), new)
}

/// What this text names, by `new`; none if it is empty.
pub(super) fn id<I>(
    tag: Tag,
    text: String,
    new: impl FnOnce(String) -> Option<I>,
) -> Result<Option<I>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    new(text).map(Some).ok_or(Error::Malformed(tag))
}

/// A short text in the first child with this tag; none if the child is empty.
pub(super) fn word_in(parent: &Element, tag: Tag) -> Result<Option<String>, Error> {
    let text = parent
        .find(&[tag])
        .map(|child| child.text().trim().to_owned());
    match text {
        Some(text) if text.len() > LONGEST => Err(Error::Malformed(tag)),
        text => Ok(text.filter(|text| !text.is_empty())),
    }
}
