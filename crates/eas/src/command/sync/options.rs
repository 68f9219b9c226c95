//! What is asked for of a folder's items.

use super::super::Class;
use super::{BodyPreference, MimeSupport};
use pushmail_wbxml::pages::air_sync;
use pushmail_wbxml::{Element, ProtocolVersion};

/// What is asked for (MS-ASCMD, section 2.2.3.125.6).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Which items; none: all.
    pub filter: Option<Filter>,
    /// Which mail comes as MIME. A body of the form MIME comes only together with this.
    pub mime: Option<MimeSupport>,
    /// Which body; each form once. In 2.5, at most MIME and one other: it cuts all others alike.
    pub bodies: Vec<BodyPreference>,
}

/// Which items (MS-ASCMD, section 2.2.3.68.2). Mail knows up to a month, calendars from two weeks on, tasks the last
/// one; contacts and notes know none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Filter {
    /// All: 0.
    All,
    /// Not older than a day: 1.
    Day,
    /// Not older than three days: 2.
    ThreeDays,
    /// Not older than a week: 3.
    Week,
    /// Not older than two weeks: 4.
    TwoWeeks,
    /// Not older than a month: 5.
    Month,
    /// Not older than three months: 6.
    ThreeMonths,
    /// Not older than six months: 7.
    SixMonths,
    /// Tasks that are not done: 8.
    Incomplete,
}

impl Options {
    pub(super) fn element(&self, class: Class, version: ProtocolVersion) -> Option<Element> {
        let filter = self
            .filter
            .filter(|_| !matches!(class, Class::Contacts | Class::Notes));
        let filter = filter.map(Filter::element);
        let mime = self.mime.filter(|_| class == Class::Email);
        let mime = mime.map(MimeSupport::element);
        let mime_truncation = self.bodies.iter().find_map(BodyPreference::mime_truncation);
        let bodies = self.bodies.iter().filter_map(|body| body.element(version));
        let element = filter
            .into_iter()
            .chain(mime)
            .chain(mime_truncation)
            .chain(bodies)
            .fold(Element::new(air_sync::OPTIONS), Element::with);
        (!element.nodes().is_empty()).then_some(element)
    }
}

impl Filter {
    fn element(self) -> Element {
        let value = match self {
            Self::All => "0",
            Self::Day => "1",
            Self::ThreeDays => "2",
            Self::Week => "3",
            Self::TwoWeeks => "4",
            Self::Month => "5",
            Self::ThreeMonths => "6",
            Self::SixMonths => "7",
            Self::Incomplete => "8",
        };
        Element::of_text(air_sync::FILTER_TYPE, value)
    }
}
