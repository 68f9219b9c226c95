//! An answer has come.

use super::exchange::{Answer, Content, Step, Window};
use super::fault::Refusal;
use super::{Connection, EasFlow};
use crate::command::{folder_sync, ping};
use crate::http::Head;
use crate::options::Offer;
use crate::status::Category;
use pushmail_domain::FaultKind;
use pushmail_upstream::Moment;
use pushmail_wbxml::Limits;

impl EasFlow {
    /// An answer has come whole.
    pub(super) fn answered(&mut self, answer: Answer, at: Moment) {
        let Answer {
            step,
            sent,
            head,
            content,
        } = answer;
        self.waiting.under_way = None;
        if let Connection::Open { used } = &mut self.connection {
            *used = true;
        }
        // Whatever the server says to that.
        if step == Step::Provision && self.provisioning.is_wiped() {
            return self.wiped();
        }
        if !head.keep_alive || self.learned.closes {
            self.connection_is_spent();
        }
        let cookies = head.set_cookies.iter();
        cookies.for_each(|cookie| self.cookies.take(cookie.expose()));
        if head.status != 200 {
            return self.refused_by_http(step, &head, at);
        }
        match (step, content) {
            (Step::Options, _) => self.took_offer(&head),
            (Step::Window(place), Content::Window(window)) => {
                if self.is_document(&head, window.is_empty(), "Sync") {
                    self.took_window(place, *window, at);
                }
            }
            (Step::Window(_), Content::Broken(error)) => {
                if self.is_document(&head, false, "Sync") {
                    self.unreadable("Sync", &error);
                }
            }
            (step, Content::Document(body)) => self.took_document(step, (sent, &head), &body, at),
            (_, Content::Window(_) | Content::Broken(_)) => {}
        }
    }

    fn took_document(
        &mut self,
        step: Step,
        (sent, head): (Moment, &Head),
        body: &[u8],
        at: Moment,
    ) {
        let limits = Limits::default();
        match step {
            Step::Provision if self.provisioning.introduces() => self.introduced(),
            Step::Provision if self.is_document(head, body.is_empty(), "Provision") => {
                self.took_policy(body, at);
            }
            Step::Hierarchy if self.is_document(head, false, "FolderSync") => {
                match folder_sync::Answer::parse(body, limits) {
                    Ok(answer) => self.took_hierarchy(answer, at),
                    Err(error) => self.unreadable("FolderSync", &error),
                }
            }
            Step::Item if self.is_document(head, false, "ItemOperations") => {
                self.took_item(body, at);
            }
            Step::Ping { heartbeat } if self.is_document(head, body.is_empty(), "Ping") => {
                match ping::Answer::parse(body, limits) {
                    Ok(answer) => self.took_ping(&answer, (sent, heartbeat), at),
                    Err(error) => self.unreadable("Ping", &error),
                }
            }
            _ => {}
        }
    }

    /// Whether the answer is one of ActiveSync; else it is a page of a sign-on or a proxy, which ends the conversation.
    fn is_document(&mut self, head: &Head, is_empty: bool, command: &str) -> bool {
        let fits = is_empty || head.is_wbxml();
        if !fits {
            self.fail(
                FaultKind::Protocol,
                &format!("the answer to {command} is no ActiveSync, but a page for people, mostly: check host and path, and that no sign-on or proxy stands before the server"),
            );
        }
        fits
    }

    /// The server has said what it speaks.
    fn took_offer(&mut self, head: &Head) {
        match Offer::of(head).version() {
            Some(version) => {
                self.learned.version = Some(version);
            }
            None => self.fail(
                FaultKind::Protocol,
                "the server offers no version of ActiveSync that is known here: check host and path",
            ),
        }
    }

    fn refused_by_http(&mut self, step: Step, head: &Head, at: Moment) {
        let refusal = Refusal::Http(head.status);
        match (head.status, Category::of_http(head.status)) {
            (451, _) => self.sent_elsewhere(head, at),
            (501, _) if step == Step::Item => self.item_is_gone(),
            (404 | 501, _) => self.fail(
                FaultKind::Protocol,
                &format!(
                    "there is no ActiveSync at the path {} ({refusal}): check host and path",
                    self.path
                ),
            ),
            (_, Category::Reprovision | Category::Bug)
                if step == Step::Provision && self.provisioning.introduces() =>
            {
                self.introduced();
            }
            (_, Category::Reprovision) if step == Step::Provision => {
                self.refuse(Category::DeviceBlocked, refusal);
            }
            (_, Category::Reprovision) => self.provision(),
            (_, Category::Retry | Category::BackOff) => self.held_back(head, at),
            (_, Category::Rediscover) => self.negotiate_again(refusal),
            (_, category) => self.refuse(category, refusal),
        }
    }
}

impl Window {
    /// Whether its answer had nothing in it.
    fn is_empty(&self) -> bool {
        self.answer.is_none_or(|answer| answer.is_empty)
    }
}
