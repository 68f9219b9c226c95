//! XML as the specifications print it, as an element: enough of XML for that, and panics on anything else.

use pushmail_wbxml::{Element, Node, Page, Tag};

/// The element that this XML stands for. Prefixes are names of code pages in lower case.
pub(crate) fn element(xml: &str) -> Element {
    let mut reader = Reader {
        rest: xml,
        page: None,
    };
    reader.skip_declaration();
    reader.element()
}

/// The document that this XML stands for.
pub(crate) fn wbxml(xml: &str) -> Vec<u8> {
    element(xml).encode()
}

struct Reader<'x> {
    rest: &'x str,
    /// The code page of names without a prefix.
    page: Option<&'static Page>,
}

impl Reader<'_> {
    fn skip_declaration(&mut self) {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with("<?") {
            self.rest = self.rest.split_once("?>").unwrap().1;
        }
    }

    fn element(&mut self) -> Element {
        let (start, rest) = self.rest.trim_start().split_once('>').unwrap();
        self.rest = rest;
        let (start, is_bare) = match start.strip_suffix('/') {
            Some(start) => (start, true),
            None => (start, false),
        };
        let (name, attributes) = start[1..]
            .split_once(char::is_whitespace)
            .unwrap_or((&start[1..], ""));
        self.take_namespace(attributes);
        let element = Element::new(self.tag(name));
        if is_bare {
            element
        } else {
            self.content(element, name)
        }
    }

    fn content(&mut self, mut element: Element, name: &str) -> Element {
        loop {
            let (text, rest) = self.rest.split_at(self.rest.find('<').unwrap());
            self.rest = rest;
            if !text.trim().is_empty() {
                element = element.with(Node::Text(unescaped(text)));
            }
            if let Some(end) = self.rest.strip_prefix("</") {
                let (found, rest) = end.split_once('>').unwrap();
                assert_eq!(found, name, "ends what has begun");
                self.rest = rest;
                return element;
            }
            element = element.with(self.element());
        }
    }

    fn take_namespace(&mut self, attributes: &str) {
        if let Some((_, namespace)) = attributes.split_once("xmlns=\"") {
            let namespace = namespace.split(['"', ':']).next().unwrap();
            self.page = Some(page(namespace));
        }
    }

    fn tag(&self, name: &str) -> Tag {
        let (page, name) = match name.split_once(':') {
            Some((prefix, name)) => (page(prefix), name),
            None => (self.page.unwrap(), name),
        };
        let mut entries = page.entries().iter();
        let entry = entries.find(|entry| entry.name() == name);
        entry
            .unwrap_or_else(|| panic!("no {name} in {page:?}"))
            .tag()
    }
}

fn page(namespace: &str) -> &'static Page {
    let mut pages = Page::all().iter();
    pages
        .find(|page| page.namespace().eq_ignore_ascii_case(namespace))
        .unwrap()
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
