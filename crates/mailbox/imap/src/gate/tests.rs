use super::*;
use proptest::prelude::*;

fn scan(text: &[u8]) -> Result<Scan, Excess> {
    let mut scan = Scan::default();
    scan.take(text)?;
    Ok(scan)
}

#[test]
fn what_servers_send_passes() {
    for text in [
        "* OK [UIDVALIDITY 5] it's \"half quoted\r\n",
        "* LIST (\\HasNoChildren) \"/\" {5}\r\nab(cd\r\n",
        "* 1 FETCH (UID 3 BODY[]<0> {5}\r\n((((( FLAGS ())\r\nA1 OK done\r\n",
        "* 1 FETCH (BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (\"NAME\" {4}\r\na(b)) NIL NIL \"7BIT\" 3 1))\r\n",
        "* 1 FETCH (UID 3 BODY[2.1] \"a \\\" {9} (\")\r\n",
        "* 12 FETCH (UID 3 BODY[HEADER] {0}\r\n)\r\n",
    ] {
        let end = scan(text.as_bytes()).map(|scan| (scan.length, scan.literal.is_none()));
        assert_eq!(end, Ok((0, true)), "{text}");
    }
}

#[test]
fn a_literal_larger_than_a_piece_is_refused_before_memory_is_reserved() {
    for text in [
        "* 1 FETCH (BODY[] {70000}\r\n",
        "* 1 FETCH (BODY[]<0> {4294967295}\r\n",
        "* 1 FETCH (BODY[] {99999999999999999999999}\r\n",
        "* 1 FETCH (BODYSTRUCTURE ({5000}\r\n",
    ] {
        assert_eq!(scan(text.as_bytes()).err(), Some(Excess::TooMuch), "{text}");
    }
}

#[test]
fn a_line_without_an_end_is_refused() {
    assert_eq!(scan(&[b'a'; LINE + 1]).err(), Some(Excess::TooMuch));
}

#[test]
fn text_that_sticks_to_its_response_code_is_refused() {
    let refused = scan("* OK [ALERT]ü\r\n".as_bytes()).err();
    assert_eq!(refused, Some(Excess::Malformed));
    assert!(scan("* OK [ALERT] ü\r\n* 1 FETCH (X \"]ü\")\r\n".as_bytes()).is_ok());
}

#[test]
fn deep_nesting_is_refused_wherever_it_hides() {
    let deep = "(".repeat(DEPTH + 1);
    for text in [
        format!("* 1 FETCH {deep}"),
        // A small literal, an unknown item's value and a body that is none.
        format!("* 1 FETCH (X (A {{100}}\r\n{deep}"),
        format!("* 1 FETCH (X (BODY[] {{100}}\r\n) BODYSTRUCTURE {deep}"),
        "* 1 FETCH (".to_owned() + &"({1}\r\n) ".repeat(DEPTH + 1),
        // Quotes that go on in the next line.
        format!("* 1 FETCH (X \"BODY[] {{100}}\r\n{deep}"),
        format!("* 1 FETCH (X (\r\n{deep}"),
    ] {
        let refused = scan(text.as_bytes()).err();
        assert_eq!(refused, Some(Excess::Malformed), "{text}");
    }
}

proptest! {
    #[test]
    fn it_does_not_matter_how_the_bytes_arrive(text in "[(){}0-9\" \\]\r\n*AFETCH]{0,120}", at in 0_usize..120) {
        let text = format!("* 1 FETCH ({text}");
        let at = at.min(text.len());
        let whole = scan(text.as_bytes()).map(|scan| (scan.length, scan.depth));
        let mut pieces = Scan::default();
        let (one, two) = text.as_bytes().split_at(at);
        let parted = pieces.take(one).and_then(|()| pieces.take(two));
        prop_assert_eq!(parted.map(|()| (pieces.length, pieces.depth)), whole);
    }
}
