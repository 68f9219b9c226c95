//! Events put together to a tree.

use super::{Element, Node};
use crate::decoder::Decoder;
use crate::error::{Error, ErrorKind, Limit};
use crate::event::Event;
use crate::limits::Limits;

/// Reads a document into an [`Element`], from bytes that come in any pieces.
#[derive(Debug)]
pub struct Builder {
    decoder: Decoder,
    most_nodes: usize,
    tree: Tree,
}

#[derive(Debug, Default)]
struct Tree {
    /// The elements that are open, outermost first.
    open: Vec<Element>,
    /// The document's element, once it has ended.
    root: Option<Element>,
    nodes: usize,
    /// The next event goes on with the last text or opaque bytes.
    more: bool,
}

impl Builder {
    /// A builder at the start of a document.
    pub fn new(limits: Limits) -> Self {
        Self {
            decoder: Decoder::new(limits),
            most_nodes: limits.nodes,
            tree: Tree::default(),
        }
    }

    /// Takes the next bytes. What follows the document is not looked at.
    ///
    /// # Errors
    /// [`Error`] when the document cannot be taken. The builder must not be used after that.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let mut rest = bytes;
        while let Some(event) = self.decoder.next(&mut rest)? {
            self.tree.take(&event);
            if self.tree.nodes > self.most_nodes {
                return Err(self.decoder.error(ErrorKind::TooLarge(Limit::Nodes)));
            }
        }
        Ok(())
    }

    /// The document's element. To be called when there are no more bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`], see [`Decoder::finish`].
    pub fn finish(self) -> Result<Element, Error> {
        let decoder = self.decoder;
        self.tree.root.ok_or_else(|| decoder.truncated())
    }
}

impl Tree {
    fn take(&mut self, event: &Event<'_>) {
        match *event {
            Event::Start { tag, .. } => {
                self.nodes += 1;
                self.open.push(Element::new(tag));
            }
            Event::Text { text, more } => self.text(text, more),
            Event::Opaque { bytes, left } => self.opaque(bytes, left > 0),
            Event::End { .. } => self.end(),
        }
    }

    fn text(&mut self, text: &str, more: bool) {
        if !std::mem::replace(&mut self.more, more) {
            self.add(Node::Text(text.to_owned()));
        } else if let Some(Node::Text(whole)) = self.last() {
            whole.push_str(text);
        }
    }

    fn opaque(&mut self, bytes: &[u8], more: bool) {
        if !std::mem::replace(&mut self.more, more) {
            self.add(Node::Opaque(bytes.to_owned()));
        } else if let Some(Node::Opaque(whole)) = self.last() {
            whole.extend_from_slice(bytes);
        }
    }

    fn add(&mut self, node: Node) {
        self.nodes += 1;
        if let Some(parent) = self.open.last_mut() {
            parent.nodes.push(node);
        }
    }

    fn last(&mut self) -> Option<&mut Node> {
        self.open.last_mut()?.nodes.last_mut()
    }

    fn end(&mut self) {
        let Some(element) = self.open.pop() else {
            return;
        };
        match self.open.last_mut() {
            Some(parent) => parent.nodes.push(Node::Element(element)),
            None => self.root = Some(element),
        }
    }
}
