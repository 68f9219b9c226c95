//! Items as clients send them.

use super::{Appointment, Contact, Item, Kind, Task};
use crate::eas::grammar::{Wrong, boolean, text};
use pushmail_domain::Timestamp;
use pushmail_wbxml::pages::{air_sync_base as base, calendar, contacts, tasks};
use pushmail_wbxml::{Element, Tag};
use time::PrimitiveDateTime;
use time::macros::format_description;

/// What ApplicationData makes of an item, or of a new one. What it leaves out stays as it is; what is not kept here is not
/// looked at.
pub(in crate::eas) fn read(
    kind: Kind,
    known: Option<&Item>,
    data: &Element,
) -> Result<Item, Wrong> {
    let data = Data(data);
    match (kind, known.cloned()) {
        (Kind::Calendar, Some(Item::Appointment(it))) => appointment(it, &data),
        (Kind::Calendar, _) => appointment(Appointment::default(), &data),
        (Kind::Contacts, Some(Item::Contact(it))) => contact(it, &data),
        (Kind::Contacts, _) => contact(Contact::default(), &data),
        (Kind::Tasks, Some(Item::Task(it))) => task(it, &data),
        (Kind::Tasks, _) => task(Task::default(), &data),
    }
}

/// An element of which parts are read.
struct Data<'d>(&'d Element);

impl Data<'_> {
    /// Takes over a text that is there.
    fn text(&self, path: &[Tag], into: &mut String) -> Result<(), Wrong> {
        if let Some(found) = self.0.find(path) {
            *into = text(found)?.into_owned();
        }
        Ok(())
    }

    fn flag(&self, tag: Tag, into: &mut bool) -> Result<(), Wrong> {
        if let Some(found) = self.0.find(&[tag]) {
            *into = boolean(found)?;
        }
        Ok(())
    }

    fn time(&self, tag: Tag) -> Result<Option<Timestamp>, Wrong> {
        let found = self.0.find(&[tag]);
        found.map(|found| time(&text(found)?)).transpose()
    }
}

fn appointment(mut it: Appointment, data: &Data<'_>) -> Result<Item, Wrong> {
    data.text(&[calendar::SUBJECT], &mut it.subject)?;
    data.text(&[calendar::LOCATION], &mut it.location)?;
    data.text(&[base::LOCATION, base::DISPLAY_NAME], &mut it.location)?;
    data.text(&[calendar::ORGANIZER_NAME], &mut it.organizer)?;
    data.text(&[base::BODY, base::DATA], &mut it.body)?;
    data.flag(calendar::ALL_DAY_EVENT, &mut it.all_day)?;
    it.start = data.time(calendar::START_TIME)?.unwrap_or(it.start);
    it.end = data.time(calendar::END_TIME)?.unwrap_or(it.end);
    Ok(Item::Appointment(it))
}

fn contact(mut it: Contact, data: &Data<'_>) -> Result<Item, Wrong> {
    data.text(&[contacts::FIRST_NAME], &mut it.first_name)?;
    data.text(&[contacts::LAST_NAME], &mut it.last_name)?;
    data.text(&[contacts::COMPANY_NAME], &mut it.company)?;
    data.text(&[contacts::EMAIL1_ADDRESS], &mut it.email)?;
    data.text(&[base::BODY, base::DATA], &mut it.body)?;
    Ok(Item::Contact(it))
}

fn task(mut it: Task, data: &Data<'_>) -> Result<Item, Wrong> {
    data.text(&[tasks::SUBJECT], &mut it.subject)?;
    data.text(&[base::BODY, base::DATA], &mut it.body)?;
    data.flag(tasks::COMPLETE, &mut it.complete)?;
    it.start = data.time(tasks::UTC_START_DATE)?.or(it.start);
    it.due = data.time(tasks::UTC_DUE_DATE)?.or(it.due);
    Ok(Item::Task(it))
}

/// Both forms of dates (MS-ASDTYPE, sections 2.3 and 2.7.2).
fn time(text: &str) -> Result<Timestamp, Wrong> {
    let compact = format_description!("[year][month][day]T[hour][minute][second]Z");
    let dashed =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let parsed =
        PrimitiveDateTime::parse(text, compact).or_else(|_| PrimitiveDateTime::parse(text, dashed));
    let at = parsed.map_err(|_| Wrong::malformed(format!("{text} is not a date")))?;
    let micros = at.assume_utc().unix_timestamp_nanos() / 1000;
    Ok(Timestamp::from_micros(
        i64::try_from(micros).unwrap_or(i64::MAX),
    ))
}
