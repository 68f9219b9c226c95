//! Options of a folder (MS-ASCMD, section 2.2.3.125.6).

use crate::eas::body::{MIME, PLAIN};
use crate::eas::choice::{Choice, Filter, Wanted};
use crate::eas::grammar::{Form, Wrong, boolean_in, number, number_in, required, text};
use crate::eas::item::Kind;
use pushmail_wbxml::pages::{air_sync as page, air_sync_base as base};
use pushmail_wbxml::{Element, ProtocolVersion};

const OPTIONS: Form = Form {
    children: &[
        page::FILTER_TYPE,
        page::CLASS,
        page::TRUNCATION,
        page::RTF_TRUNCATION,
        page::CONFLICT,
        page::MIME_SUPPORT,
        page::MIME_TRUNCATION,
        page::MAX_ITEMS,
        base::BODY_PREFERENCE,
    ],
    repeated: &[base::BODY_PREFERENCE],
    ordered: false,
};
const PREFERENCE: Form = Form::any(&[
    base::TYPE,
    base::TRUNCATION_SIZE,
    base::ALL_OR_NONE,
    base::PREVIEW,
]);

/// How much of a body the codes of 2.5 stand for (MS-ASCMD, section 2.2.3.185); the next code is for all of it.
const TRUNCATION: [u32; 9] = [0, 512, 1024, 2048, 5120, 10_240, 20_480, 51_200, 102_400];
/// The same for MIME (MS-ASCMD, section 2.2.3.111).
const MIME_TRUNCATION: [u32; 8] = [0, 4096, 5120, 7168, 10_240, 20_480, 51_200, 102_400];

/// What the options say of items of this kind, mail without one; nothing if there are none. A second one is for SMS,
/// which there is none of.
pub(in crate::eas) fn read_options(
    options: &[&Element],
    kind: Option<Kind>,
    version: ProtocolVersion,
) -> Result<Option<Choice>, Wrong> {
    let own = kind.map_or("Email", Kind::class);
    let mut choice = None;
    for element in options {
        OPTIONS.check(element, version)?;
        let class = element.find(&[page::CLASS]).map(text).transpose()?;
        match class.as_deref().unwrap_or(own) {
            class if class == own && choice.is_none() => {
                choice = Some(read_choice(element, kind, version)?);
            }
            "SMS" if kind.is_none() => {}
            class => return Err(Wrong::malformed(format!("Options for {class}, or twice"))),
        }
    }
    Ok(choice)
}

fn read_choice(
    element: &Element,
    kind: Option<Kind>,
    version: ProtocolVersion,
) -> Result<Choice, Wrong> {
    let filter = number_in(element, page::FILTER_TYPE)?.unwrap_or(0);
    let filter = Filter::of(filter, kind)
        .ok_or_else(|| Wrong::malformed(format!("FilterType {filter} for this class")))?;
    let mime = number_in(element, page::MIME_SUPPORT)?.unwrap_or(0);
    let mime = u8::try_from(mime).ok().filter(|mime| *mime <= 2);
    let bodies = match version {
        ProtocolVersion::V2_5 => bodies_in_2_5(element)?,
        _ => bodies(element, version)?,
    };
    Ok(Choice {
        filter,
        mime: mime.ok_or_else(|| Wrong::malformed("MIMESupport is not 0, 1 or 2"))?,
        bodies: bodies.into(),
    })
}

fn bodies(element: &Element, version: ProtocolVersion) -> Result<Vec<Wanted>, Wrong> {
    coded(element, &MIME_TRUNCATION)?;
    let mut bodies: Vec<Wanted> = Vec::new();
    for preference in element.all(base::BODY_PREFERENCE) {
        PREFERENCE.check(preference, version)?;
        let wanted = read_preference(preference)?;
        if bodies.iter().any(|known| known.kind == wanted.kind) {
            return Err(Wrong::malformed("the same Type in two BodyPreferences"));
        }
        bodies.push(wanted);
    }
    Ok(bodies)
}

fn read_preference(preference: &Element) -> Result<Wanted, Wrong> {
    let kind = number(required(preference, base::TYPE)?)?;
    let preview = number_in(preference, base::PREVIEW)?.unwrap_or(0);
    Ok(Wanted {
        kind: u8::try_from(kind)
            .ok()
            .filter(|kind| (PLAIN..=MIME).contains(kind))
            .ok_or_else(|| Wrong::malformed(format!("a body of Type {kind}")))?,
        most: number_in(preference, base::TRUNCATION_SIZE)?,
        whole: boolean_in(preference, base::ALL_OR_NONE)?.unwrap_or(false),
        preview: u8::try_from(preview)
            .map_err(|_| Wrong::malformed("a Preview of more than 255 characters"))?,
    })
}

/// In 2.5 there is always a body: plain, or MIME.
fn bodies_in_2_5(element: &Element) -> Result<Vec<Wanted>, Wrong> {
    let plain = number_in(element, page::TRUNCATION)?;
    let plain = plain.and_then(|code| TRUNCATION.get(code as usize).copied());
    let mime = coded(element, &MIME_TRUNCATION)?;
    let wanted = |(kind, most)| Wanted {
        kind,
        most,
        whole: false,
        preview: 0,
    };
    Ok([(PLAIN, plain), (MIME, mime)].map(wanted).into())
}

/// The length that MIMETruncation stands for; none if all is wanted.
fn coded(element: &Element, lengths: &[u32]) -> Result<Option<u32>, Wrong> {
    let Some(code) = number_in(element, page::MIME_TRUNCATION)? else {
        return Ok(None);
    };
    match lengths.get(code as usize) {
        Some(length) => Ok(Some(*length)),
        None if code as usize == lengths.len() => Ok(None),
        None => Err(Wrong::malformed(format!("MIMETruncation {code}"))),
    }
}
