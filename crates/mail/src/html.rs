//! HTML to text, for people to read.

use mail_parser::decoders::html::html_to_text;

/// Elements whose content is not for reading.
const SILENT: [&str; 5] = ["head", "style", "script", "template", "title"];

/// The text of an HTML body, of which the end may be missing.
pub fn to_text(html: &str) -> String {
    html_to_text(&without_silent(html))
}

/// The HTML without comments and without elements that are not for reading, such as
/// `<style type="text/css">…</style>`. What is not closed reaches to the end.
fn without_silent(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        kept.push_str(&rest[..open]);
        let tag = &rest[open..];
        rest = match end_of_silent(tag) {
            Some(end) => {
                kept.push(' ');
                &tag[end..]
            }
            None => {
                kept.push('<');
                &tag[1..]
            }
        };
    }
    kept.push_str(rest);
    kept
}

/// Where the comment or silent element that begins here ends; `None` if none begins here.
fn end_of_silent(tag: &str) -> Option<usize> {
    if tag.starts_with("<!--") {
        return Some(tag.find("-->").map_or(tag.len(), |end| end + 3));
    }
    let name = SILENT.iter().find(|name| names(&tag[1..], name))?;
    let mut from = 1;
    while let Some(close) = tag[from..].find("</") {
        from += close + 2;
        if names(&tag[from..], name) {
            return Some(
                tag[from..]
                    .find('>')
                    .map_or(tag.len(), |end| from + end + 1),
            );
        }
    }
    Some(tag.len())
}

/// Whether the text begins with this element's name.
fn names(text: &str, name: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > name.len()
        && bytes[..name.len()].eq_ignore_ascii_case(name.as_bytes())
        && !bytes[name.len()].is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_and_comments_do_not_show() {
        let html = "<html><HEAD><title>t</title></HEAD><style type=\"text/css\">p{}</style>\
                    <!-- c --><p>Hello <b>you</b> &amp; me</p><script>x</";
        assert_eq!(to_text(html).trim(), "Hello you & me");
    }

    #[test]
    fn an_element_that_is_only_named_alike_shows() {
        assert_eq!(to_text("<header>Hi</header> <x").trim(), "Hi");
    }
}
