use super::*;
use async_imap::imap_proto::{AttributeValue, Response};

/// What `find` makes of a BODYSTRUCTURE as a server writes it.
fn found(structure: &str, part: &Part) -> Option<Shape> {
    let line = format!("* 1 FETCH (UID 3 BODYSTRUCTURE {structure})\r\n");
    let (_, response) = Response::parse(line.as_bytes()).unwrap();
    let Response::Fetch(_, attributes) = response else {
        panic!("no FETCH");
    };
    let body = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodyStructure(body) => Some(body),
        _ => None,
    });
    find(body.unwrap(), part)
}

fn section(text: &str) -> Part {
    Part::Section(text.parse().unwrap())
}

const PLAIN: &str =
    r#"("TEXT" "PLAIN" ("CHARSET" "UTF-8") NIL NIL "QUOTED-PRINTABLE" 30 2 NIL NIL NIL NIL)"#;
const HTML: &str =
    r#"("text" "html" ("charset" "iso-8859-1") NIL NIL "base64" 60 3 NIL NIL NIL NIL)"#;

fn mixed() -> String {
    let picture = r#"("IMAGE" "PNG" ("NAME" "old.png") NIL NIL "BASE64" 900 NIL ("ATTACHMENT" ("FILENAME*" "utf-8''%C3%BCber.png")) NIL NIL)"#;
    let inner = format!(
        r#"("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 500 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) ({HTML}{PLAIN} "MIXED" ("BOUNDARY" "b") NIL NIL NIL) 20 NIL NIL NIL NIL)"#
    );
    let attached = PLAIN.replace("NIL NIL NIL NIL)", r#"NIL ("ATTACHMENT" NIL) NIL NIL)"#);
    format!(
        r#"({attached}({PLAIN}{HTML} "ALTERNATIVE" ("BOUNDARY" "a") NIL NIL NIL){picture}{inner} "MIXED" ("BOUNDARY" "m") NIL NIL NIL)"#
    )
}

#[test]
fn the_readable_part_is_plain_text_that_is_no_attachment() {
    let text = found(&mixed(), &Part::Text).unwrap();
    assert_eq!(
        (text.section.as_str(), text.charset.as_str()),
        ("2.1", "utf-8")
    );
    assert_eq!(text.encoding, Encoding::QuotedPrintable);
    let html = found(HTML, &Part::Text).unwrap();
    assert_eq!(
        (html.section.as_str(), html.content_type.as_str()),
        ("1", "text/html")
    );
    let none = r#"("IMAGE" "PNG" NIL NIL NIL "BASE64" 900 NIL NIL NIL NIL)"#;
    assert_eq!(found(none, &Part::Text), None);
}

#[test]
fn parts_are_found_by_their_numbers() {
    let picture = found(&mixed(), &section("3")).unwrap();
    assert_eq!(picture.content_type, "image/png");
    assert_eq!(picture.filename, "über.png");
    assert_eq!(
        (picture.encoding, picture.octets),
        (Encoding::Base64, Some(900))
    );
    let within = found(&mixed(), &section("4.2")).unwrap();
    assert_eq!(within.content_type, "text/plain");
    let whole = found(&mixed(), &section("2")).unwrap();
    assert_eq!(
        (whole.content_type.as_str(), whole.octets),
        ("multipart/alternative", None)
    );
    assert_eq!(
        found(PLAIN, &section("1")).unwrap().content_type,
        "text/plain"
    );
    for missing in ["5", "2.3", "3.1", "4.2.1"] {
        assert_eq!(found(&mixed(), &section(missing)), None, "{missing}");
    }
    assert_eq!(found(PLAIN, &section("2")), None);
}

#[test]
fn a_name_in_encoded_words_is_read_and_holds_nothing_that_acts() {
    let name = r#"("IMAGE" "PNG" ("NAME" "=?utf-8?q?=C3=BCb=1Ber.png?=") NIL NIL "BASE64" 9 NIL NIL NIL NIL)"#;
    assert_eq!(found(name, &section("1")).unwrap().filename, "über.png");
    let hostile =
        r#"("IMAGE" "PNG" ("NAME" "a\"b; filename=c") NIL NIL "BASE64" 9 NIL NIL NIL NIL)"#;
    assert_eq!(
        found(hostile, &section("1")).unwrap().filename,
        "a\"b; filename=c"
    );
}
