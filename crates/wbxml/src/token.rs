//! The global tokens (WBXML 1.2, section 7.1; MS-ASWBXML, section 1.6), and the bits of a tag's token.

pub(crate) const SWITCH_PAGE: u8 = 0x00;
pub(crate) const END: u8 = 0x01;
pub(crate) const STR_I: u8 = 0x03;
pub(crate) const OPAQUE: u8 = 0xC3;

/// The bit of a tag's token that says that there are attributes.
pub(crate) const ATTRIBUTES: u8 = 0x80;
/// The bit of a tag's token that says that there is content, and an END.
pub(crate) const CONTENT: u8 = 0x40;

/// The name of a global token, those included that ActiveSync does not use; `None` if it is a tag's.
pub(crate) const fn name(token: u8) -> Option<&'static str> {
    Some(match token {
        SWITCH_PAGE => "SWITCH_PAGE",
        END => "END",
        0x02 => "ENTITY",
        STR_I => "STR_I",
        0x04 => "LITERAL",
        0x40 => "EXT_I_0",
        0x41 => "EXT_I_1",
        0x42 => "EXT_I_2",
        0x43 => "PI",
        0x44 => "LITERAL_C",
        0x80 => "EXT_T_0",
        0x81 => "EXT_T_1",
        0x82 => "EXT_T_2",
        0x83 => "STR_T",
        0x84 => "LITERAL_A",
        0xC0 => "EXT_0",
        0xC1 => "EXT_1",
        0xC2 => "EXT_2",
        OPAQUE => "OPAQUE",
        0xC4 => "LITERAL_AC",
        _ => return None,
    })
}
