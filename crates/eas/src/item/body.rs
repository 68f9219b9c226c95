//! The text of an item (MS-ASAIRS, section 2.2.2.9), or its MIME.

use super::captured::Captured;
use crate::content::{Blob, Text};
use pushmail_wbxml::pages::air_sync_base as base;
use pushmail_wbxml::pages::email;

/// The text of an item, or its MIME.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// In which form.
    pub kind: BodyType,
    /// How many bytes the whole of it has, by the server's estimate. Before 12.0, characters. SOGo tells about how much it
    /// sent, whatever it cut.
    pub size: Option<u64>,
    /// Whether this is not the whole of it: the server or [`Limits::body`](super::Limits::body) has cut it.
    pub truncated: bool,
    /// The body as far as it came. Not always UTF-8: MIME may be opaque.
    pub data: Blob,
    /// The first words as plain text, if they were asked for; from 14.0 on.
    pub preview: Option<Text>,
}

/// The form of a body (MS-ASAIRS, section 2.2.2.41).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BodyType {
    /// Plain text: 1.
    PlainText,
    /// HTML: 2.
    Html,
    /// RTF: 3.
    Rtf,
    /// A whole mail: 4.
    Mime,
    /// One that the specification does not list.
    Other(u8),
}

impl BodyType {
    /// The form with this number.
    pub const fn of(number: u8) -> Self {
        match number {
            1 => Self::PlainText,
            2 => Self::Html,
            3 => Self::Rtf,
            4 => Self::Mime,
            other => Self::Other(other),
        }
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Self::PlainText => 1,
            Self::Html => 2,
            Self::Rtf => 3,
            Self::Mime => 4,
            Self::Other(other) => other,
        }
    }
}

impl Body {
    pub(super) fn of(captured: &Captured) -> Option<Self> {
        let plain = || Self::of_2_5(captured, BodyType::PlainText);
        let mime = || Self::of_2_5(captured, BodyType::Mime);
        Self::of_12_0(captured).or_else(mime).or_else(plain)
    }

    /// A body as versions from 12.0 on have it.
    fn of_12_0(captured: &Captured) -> Option<Self> {
        let kind = captured.number(&[base::BODY, base::TYPE])?;
        let data = &[base::BODY, base::DATA];
        let truncated = captured.boolean(&[base::BODY, base::TRUNCATED]);
        Some(Self {
            kind: BodyType::of(kind),
            size: captured.number(&[base::BODY, base::ESTIMATED_DATA_SIZE]),
            truncated: truncated.unwrap_or(false) || captured.was_cut(data),
            data: captured.blob(data).unwrap_or_default(),
            preview: captured.text(&[base::BODY, base::PREVIEW]),
        })
    }

    /// A body as 2.5 has it (MS-ASEMAIL, sections 2.2.2.10.2 and 2.2.2.50).
    fn of_2_5(captured: &Captured, kind: BodyType) -> Option<Self> {
        let (data, size, truncated) = match kind {
            BodyType::Mime => (email::MIME_DATA, email::MIME_SIZE, email::MIME_TRUNCATED),
            _ => (email::BODY, email::BODY_SIZE, email::BODY_TRUNCATED),
        };
        let cut = captured.was_cut(&[data]);
        Some(Self {
            kind,
            size: captured.number(&[size]),
            truncated: captured.boolean(&[truncated]).unwrap_or(false) || cut,
            data: captured.blob(&[data])?,
            preview: None,
        })
    }
}
