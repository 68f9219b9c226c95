//! Which body is asked for, in the words of each version.

use crate::item::BodyType;
use pushmail_wbxml::pages::{air_sync, air_sync_base as base};
use pushmail_wbxml::{Element, ProtocolVersion};

/// How much of a body is sent in 2.5: the code stands for so many characters (MS-ASCMD, section 2.2.3.185). The code after
/// the last stands for all.
const TRUNCATION: [u32; 9] = [0, 512, 1024, 2048, 5120, 10_240, 20_480, 51_200, 102_400];
/// The same for MIME (MS-ASCMD, section 2.2.3.111).
const MIME_TRUNCATION: [u32; 8] = [0, 4096, 5120, 7168, 10_240, 20_480, 51_200, 102_400];

/// Which body is asked for (MS-ASAIRS, section 2.2.2.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyPreference {
    /// In which form.
    pub kind: BodyType,
    /// How much of it, in bytes; none: all of it. Before 12.0 there are few lengths, in characters: the next larger one
    /// is asked for.
    pub truncation: Option<u32>,
    /// Whether nothing comes instead of a part.
    pub all_or_none: bool,
    /// How many characters of plain text come besides, up to 255; from 14.0 on.
    pub preview: Option<u8>,
}

/// Which mail comes as MIME, if that is asked for (MS-ASCMD, section 2.2.3.110.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MimeSupport {
    /// None: 0.
    Never,
    /// What is signed or encrypted: 1.
    Smime,
    /// All: 2.
    Always,
}

impl MimeSupport {
    pub(in crate::command) fn element(self) -> Element {
        let value = match self {
            Self::Never => "0",
            Self::Smime => "1",
            Self::Always => "2",
        };
        Element::of_text(air_sync::MIME_SUPPORT, value)
    }
}

impl BodyPreference {
    /// The element that asks for it; none in 2.5 for MIME, of which [`mime_truncation`](Self::mime_truncation) says all.
    pub(in crate::command) fn element(&self, version: ProtocolVersion) -> Option<Element> {
        if version == ProtocolVersion::V2_5 {
            return self.truncation_in_2_5();
        }
        let mut element = Element::new(base::BODY_PREFERENCE);
        let kind = self.kind.number().to_string();
        element = element.with(Element::of_text(base::TYPE, kind));
        if let Some(size) = self.truncation {
            element = element.with(Element::of_text(base::TRUNCATION_SIZE, size.to_string()));
        }
        if self.all_or_none {
            element = element.with(Element::of_text(base::ALL_OR_NONE, "1"));
        }
        let preview = self.preview.filter(|_| version >= ProtocolVersion::V14_0);
        if let Some(preview) = preview {
            element = element.with(Element::of_text(base::PREVIEW, preview.to_string()));
        }
        Some(element)
    }

    /// Where MIME is cut, in the words of 2.5, which later versions know too: SOGo looks at nothing else, and if it is left
    /// out, cuts where it was told to before.
    pub(super) fn mime_truncation(&self) -> Option<Element> {
        let code = code(&MIME_TRUNCATION, self.truncation);
        (self.kind == BodyType::Mime).then(|| Element::of_text(air_sync::MIME_TRUNCATION, code))
    }

    fn truncation_in_2_5(&self) -> Option<Element> {
        let code = code(&TRUNCATION, self.truncation);
        (self.kind != BodyType::Mime).then(|| Element::of_text(air_sync::TRUNCATION, code))
    }
}

/// The code of the next length that is not shorter; that of all if there is no such length.
fn code(lengths: &[u32], wanted: Option<u32>) -> String {
    let longer = |wanted| lengths.iter().position(|length| *length >= wanted);
    wanted.and_then(longer).unwrap_or(lengths.len()).to_string()
}
