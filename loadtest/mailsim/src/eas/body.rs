//! Bodies (MS-ASAIRS, section 2.2.2.9), in the form that a client wants.

use super::choice::{Choice, Wanted};
use pushmail_wbxml::pages::air_sync_base as base;
use pushmail_wbxml::{Element, Node, ProtocolVersion, Tag};
use std::borrow::Cow;

pub(super) const PLAIN: u8 = 1;
pub(super) const HTML: u8 = 2;
pub(super) const MIME: u8 = 4;

/// The forms in which there is a body.
pub(super) struct Source<'s> {
    pub(super) plain: Cow<'s, str>,
    /// If it was written so.
    pub(super) html: Option<Cow<'s, str>>,
    /// The whole mail, if it is one.
    pub(super) mime: Option<&'s [u8]>,
}

/// A part of a body.
pub(super) struct Cut<'s> {
    pub(super) kind: u8,
    /// Of all of it.
    pub(super) size: usize,
    pub(super) data: &'s [u8],
}

impl Cut<'_> {
    pub(super) const fn is_part(&self) -> bool {
        self.data.len() < self.size
    }

    /// Its data, as a node of this tag.
    pub(super) fn element(&self, tag: Tag) -> Element {
        Element::new(tag).with(node(self.data))
    }
}

impl Source<'_> {
    fn data(&self, kind: u8) -> Option<&[u8]> {
        match kind {
            MIME => self.mime,
            HTML => self.html.as_deref().map(str::as_bytes),
            PLAIN => Some(self.plain.as_bytes()),
            _ => None,
        }
    }

    /// The body in the best of the forms that are wanted: MIME if it is wanted for all mail, then as it was written.
    pub(super) fn cut(&self, choice: &Choice) -> Cut<'_> {
        let forms = [MIME, HTML, PLAIN].into_iter();
        let mut cuts = forms
            .filter(|kind| *kind != MIME || choice.mime == 2)
            .filter_map(|kind| {
                let wanted = choice.bodies.iter().find(|wanted| wanted.kind == kind)?;
                let data = self.data(kind)?;
                Some((wanted, cut(kind, data, wanted)))
            });
        let whole = cuts.find(|(wanted, cut)| !wanted.whole || !cut.is_part());
        whole.map_or_else(|| self.nothing(), |(_, cut)| cut)
    }

    /// How long it is, and nothing of it.
    fn nothing(&self) -> Cut<'_> {
        let (kind, text) = match &self.html {
            Some(html) => (HTML, html),
            None => (PLAIN, &self.plain),
        };
        Cut {
            kind,
            size: text.len(),
            data: &[],
        }
    }

    /// The element Body, from 12.0 on.
    pub(super) fn element(&self, choice: &Choice, version: ProtocolVersion) -> Element {
        let cut = self.cut(choice);
        let mut body = Element::new(base::BODY)
            .with(Element::of_text(base::TYPE, cut.kind.to_string()))
            .with(Element::of_text(
                base::ESTIMATED_DATA_SIZE,
                cut.size.to_string(),
            ));
        if cut.is_part() {
            body = body.with(Element::of_text(base::TRUNCATED, "1"));
        }
        if !cut.data.is_empty() {
            body = body.with(cut.element(base::DATA));
        }
        let preview = choice.bodies.iter().map(|wanted| wanted.preview).max();
        let preview = preview.filter(|most| *most > 0 && version >= ProtocolVersion::V14_0);
        if let Some(most) = preview {
            let text: String = self.plain.chars().take(most.into()).collect();
            body = body.with(Element::of_text(base::PREVIEW, text));
        }
        body
    }
}

fn cut<'s>(kind: u8, data: &'s [u8], wanted: &Wanted) -> Cut<'s> {
    let most = wanted.most.map_or(data.len(), |most| most as usize);
    let mut end = most.min(data.len());
    if let Ok(text) = std::str::from_utf8(data) {
        // Characters stay whole.
        end = text.floor_char_boundary(end);
    }
    Cut {
        kind,
        size: data.len(),
        data: &data[..end],
    }
}

/// As text, if it can be: a NUL would end it.
fn node(data: &[u8]) -> Node {
    match std::str::from_utf8(data) {
        Ok(text) if !text.contains('\0') => Node::Text(text.to_owned()),
        _ => Node::Opaque(data.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a form that is wanted: which, how much, whether in whole.
    type Form = (u8, Option<u32>, bool);

    fn source() -> Source<'static> {
        Source {
            plain: "Grüße".into(),
            html: Some("<p>Grüße".into()),
            mime: Some(b"\r\nGr\xFC\xDFe"),
        }
    }

    fn choice(mime: u8, bodies: &[Form]) -> Choice {
        let bodies = bodies.iter().map(|(kind, most, whole)| Wanted {
            kind: *kind,
            most: *most,
            whole: *whole,
            preview: 0,
        });
        Choice {
            mime,
            bodies: bodies.collect(),
            ..Choice::default()
        }
    }

    #[test]
    fn the_best_form_that_is_wanted_comes_cut_where_it_can_be() {
        let cases: [(u8, &[Form], u8, &[u8]); 6] = [
            (0, &[(PLAIN, Some(3), false)], PLAIN, b"Gr"),
            (
                0,
                &[(PLAIN, None, false), (HTML, Some(4), false)],
                HTML,
                b"<p>G",
            ),
            (
                0,
                &[(PLAIN, None, false), (HTML, Some(4), true)],
                PLAIN,
                "Grüße".as_bytes(),
            ),
            (
                2,
                &[(MIME, Some(3), false), (HTML, None, false)],
                MIME,
                b"\r\nG",
            ),
            (
                1,
                &[(MIME, None, false), (PLAIN, Some(1), false)],
                PLAIN,
                b"G",
            ),
            (0, &[], HTML, b""),
        ];
        for (mime, bodies, kind, data) in cases {
            let (source, choice) = (source(), choice(mime, bodies));
            let cut = source.cut(&choice);
            assert_eq!((cut.kind, cut.data), (kind, data));
        }
    }
}
