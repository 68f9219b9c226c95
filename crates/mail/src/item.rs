//! An item of Exchange ActiveSync as people see it.

use crate::head::{self, Source};
use pushmail_domain::{ContentLevel, ItemData, MessageContent};
use pushmail_upstream::item::{ItemView, Mail};

/// What the account's content level allows to say of an item, which is in the folder of this name.
pub fn data(view: &ItemView, folder_name: &str, level: ContentLevel) -> ItemData {
    match view {
        ItemView::Mail(mail) => ItemData::Message(Box::new(message(mail, folder_name, level))),
        _ if level == ContentLevel::Signal => ItemData::Nothing,
        ItemView::Appointment(appointment) => ItemData::Appointment(appointment.clone()),
        ItemView::Contact(contact) => ItemData::Contact(contact.clone()),
        ItemView::Task(task) => ItemData::Task(task.clone()),
        ItemView::Nothing => ItemData::Nothing,
    }
}

/// What is said of a mail: by its MIME, and where that has not come, by what the server says of it.
fn message(mail: &Mail, folder_name: &str, level: ContentLevel) -> MessageContent {
    let flags = flags(mail);
    let source = Source {
        head: &mail.head,
        size: mail.size,
        internal_date: mail.received,
        flags: &flags,
        provider_message_id: "",
    };
    let mut content = head::content_of(source, folder_name, level);
    if level == ContentLevel::Signal || !mail.head.is_empty() {
        return content;
    }
    content.subject.clone_from(&mail.subject);
    content.from.clone_from(&mail.from);
    content.to = Vec::from_iter((!mail.to.is_empty()).then(|| mail.to.clone()));
    if level == ContentLevel::Preview {
        let words = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        content.preview = words.chars().take(head::limits::PREVIEW).collect();
    }
    content
}

/// Its marks, as IMAP's flags.
fn flags(mail: &Mail) -> Vec<String> {
    let marks = [
        (mail.marks.seen, "\\Seen"),
        (mail.marks.flagged, "\\Flagged"),
    ];
    let set = marks.into_iter().filter(|(mark, _)| *mark == Some(true));
    set.map(|(_, flag)| flag.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::Marks;

    fn mail() -> Mail {
        Mail {
            subject: "As the server says".to_owned(),
            from: "Ann <ann@example.org>".to_owned(),
            text: "  Hello\nthere ".to_owned(),
            marks: Marks {
                seen: Some(true),
                flagged: None,
            },
            ..Mail::default()
        }
    }

    fn seen(mail: Mail, level: ContentLevel) -> MessageContent {
        match data(&ItemView::Mail(Box::new(mail)), "Inbox", level) {
            ItemData::Message(content) => *content,
            other => panic!("no mail: {other:?}"),
        }
    }

    #[test]
    fn the_mime_counts_more_than_what_the_server_says() {
        let mime = Mail {
            head: b"Subject: As it was sent\r\n\r\nBody".to_vec(),
            size: 29,
            ..mail()
        };
        let content = seen(mime, ContentLevel::Preview);
        assert_eq!(content.subject, "As it was sent");
        assert_eq!(
            (content.from.as_str(), content.preview.as_str()),
            ("", "Body")
        );
    }

    #[test]
    fn without_mime_what_the_server_says_is_shown_as_far_as_the_level_allows() {
        let content = seen(mail(), ContentLevel::Preview);
        assert_eq!(content.subject, "As the server says");
        assert_eq!(content.preview, "Hello there");
        assert_eq!(content.flags, ["\\Seen"]);
        assert_eq!(seen(mail(), ContentLevel::Headers).preview, "");
        let signal = seen(mail(), ContentLevel::Signal);
        assert_eq!(
            (signal.folder.as_str(), signal.subject.as_str()),
            ("Inbox", "")
        );
    }
}
