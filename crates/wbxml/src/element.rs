//! A whole document as a tree.

mod builder;

use crate::encoder::Encoder;
use crate::error::Error;
use crate::event::Event;
use crate::limits::Limits;
use crate::tag::Tag;
pub use builder::Builder;
use std::borrow::Cow;
use std::fmt;

/// An element with all that is in it. For commands and answers that are small.
///
/// An element that may have content and has none is the same as a bare one, and is written as that. `Debug` gives tags
/// and lengths, never content.
#[derive(Clone, PartialEq, Eq)]
pub struct Element {
    tag: Tag,
    nodes: Vec<Node>,
}

/// A part of an element's content. `Debug` gives tags and lengths, never content.
#[derive(Clone, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text.
    Text(String),
    /// Opaque bytes.
    Opaque(Vec<u8>),
}

impl Element {
    /// An element without content.
    pub const fn new(tag: Tag) -> Self {
        Self {
            tag,
            nodes: Vec::new(),
        }
    }

    /// An element with this text, such as `SyncKey`.
    pub fn of_text(tag: Tag, text: impl Into<String>) -> Self {
        Self::new(tag).with(Node::Text(text.into()))
    }

    /// The element, with this added at its end.
    #[must_use]
    pub fn with(mut self, node: impl Into<Node>) -> Self {
        self.nodes.push(node.into());
        self
    }

    /// Reads a whole document. What follows it is not looked at.
    ///
    /// # Errors
    /// See [`Builder`].
    pub fn decode(bytes: &[u8], limits: Limits) -> Result<Self, Error> {
        let mut builder = Builder::new(limits);
        builder.push(bytes)?;
        builder.finish()
    }

    /// The document that has this as its first element.
    pub fn encode(&self) -> Vec<u8> {
        let mut encoder = Encoder::new();
        self.events(&mut |event| encoder.event(event));
        encoder.finish()
    }

    /// Its tag.
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// All that is in it, in order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The elements in it, in order.
    pub fn children(&self) -> impl Iterator<Item = &Self> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Opaque(_) => None,
        })
    }

    /// The elements in it with this tag, in order.
    pub fn all(&self, tag: Tag) -> impl Iterator<Item = &Self> {
        self.children().filter(move |child| child.tag == tag)
    }

    /// The first element under it at this path: a child, a child of that, and so on. Every child of a tag is searched,
    /// not only the first. It is the element itself if the path is empty.
    pub fn find(&self, path: &[Tag]) -> Option<&Self> {
        match path.split_first() {
            None => Some(self),
            Some((tag, rest)) => self.all(*tag).find_map(|child| child.find(rest)),
        }
    }

    /// The text directly in it, put together; empty if there is none.
    pub fn text(&self) -> Cow<'_, str> {
        match self.nodes.as_slice() {
            [Node::Text(text)] => Cow::Borrowed(text),
            nodes => Cow::Owned(nodes.iter().filter_map(Node::text).collect()),
        }
    }

    /// The opaque content and the text directly in it, put together: servers are free to send a body as one or the
    /// other. Empty if there is none.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self.nodes.as_slice() {
            [node] => Cow::Borrowed(node.bytes()),
            nodes => Cow::Owned(nodes.iter().flat_map(Node::bytes).copied().collect()),
        }
    }

    /// Gives the events of the element.
    pub(crate) fn events(&self, take: &mut impl FnMut(&Event<'_>)) {
        let Self { tag, ref nodes } = *self;
        let bare = nodes.is_empty();
        take(&Event::Start { tag, bare });
        for node in nodes {
            match node {
                Node::Element(element) => element.events(take),
                Node::Text(text) => take(&Event::Text { text, more: false }),
                Node::Opaque(bytes) => take(&Event::Opaque { bytes, left: 0 }),
            }
        }
        take(&Event::End { tag });
    }
}

impl Node {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Element(_) | Self::Opaque(_) => None,
        }
    }

    /// Its own content: none if it is an element.
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Opaque(bytes) => bytes,
            Self::Element(_) => &[],
        }
    }
}

impl From<Element> for Node {
    fn from(element: Element) -> Self {
        Self::Element(element)
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ", self.tag)?;
        f.debug_list().entries(&self.nodes).finish()
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(element) => element.fmt(f),
            Self::Text(text) => write!(f, "text of {} bytes", text.len()),
            Self::Opaque(bytes) => write!(f, "{} opaque bytes", bytes.len()),
        }
    }
}
