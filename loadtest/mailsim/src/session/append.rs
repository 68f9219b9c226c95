//! APPEND (RFC 3501, section 6.3.11).

use super::{Reply, Session};
use crate::mailbox::Flags;
use crate::wire::{Args, Value, decode_name};
use bytes::Bytes;
use pushmail_domain::Timestamp;
use time::OffsetDateTime;
use time::macros::format_description;

impl<S> Session<S> {
    pub(super) fn append(&mut self, mut args: Args<'_>) -> Reply {
        let name = args.next().and_then(Value::text).and_then(decode_name);
        let (Some(owner), Some(name)) = (&self.owner, name) else {
            return "BAD APPEND needs a folder and a message".into();
        };
        let (flags, date, raw) = match args.as_slice() {
            [raw] => (Flags::default(), None, raw),
            [Value::List(flags), raw] => (read_flags(flags), None, raw),
            [date, raw] => (Flags::default(), Some(date), raw),
            [Value::List(flags), date, raw] => (read_flags(flags), Some(date), raw),
            _ => return "BAD APPEND needs a folder and a message".into(),
        };
        let at = match date.map(|date| date.text().and_then(read_date)) {
            None => self.server.clock.now(),
            Some(Some(at)) => at,
            Some(None) => return "BAD not a date".into(),
        };
        let Some(raw) = raw.bytes().map(Bytes::copy_from_slice) else {
            return "BAD APPEND needs a folder and a message".into();
        };
        let appended = owner.user.mailbox.change(|folders| {
            let validity = folders.get(&name).filter(|to| to.selectable)?.validity;
            let mail = folders.mail(raw, at);
            Some((validity, folders.append(&name, mail, flags)))
        });
        match appended {
            None => "NO [TRYCREATE] no such folder".into(),
            Some((validity, uid)) if self.server.profile.features().uid_plus => {
                format!("OK [APPENDUID {validity} {uid}] APPEND done").into()
            }
            Some(_) => "OK APPEND done".into(),
        }
    }
}

fn read_flags(flags: &[Value]) -> Flags {
    Flags::new(flags.iter().filter_map(Value::text))
}

/// The `date-time` of RFC 3501.
fn read_date(text: &str) -> Option<Timestamp> {
    let format = format_description!(
        "[day padding:none]-[month repr:short]-[year] [hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
    );
    let at = OffsetDateTime::parse(text.trim_start(), &format).ok()?;
    Some(Timestamp::from_micros(at.unix_timestamp() * 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_with_its_zone() {
        let expected = Some(Timestamp::from_micros(1_772_409_845_000_000));
        assert_eq!(read_date(" 2-Mar-2026 00:04:05 +0000"), expected);
        assert_eq!(read_date("01-Mar-2026 22:34:05 -0130"), expected);
        assert_eq!(read_date("2026-03-02"), None);
    }
}
