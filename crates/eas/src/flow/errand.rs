//! A conversation for one thing: to fetch a mail (MS-ASCMD, section 2.2.1.10). It ends when that is there.

use super::{EasFlow, Settings, limits};
use crate::command::item_operations::{Answer, Request, Status};
use crate::command::sync::{BodyPreference, Limits};
use crate::command::{CollectionId, ServerId};
use crate::item::{self, BodyType};
use crate::status::Category;
use pushmail_domain::{Fault, FaultKind};
use pushmail_upstream::Moment;

/// What is to be fetched, and what came.
pub(super) struct Errand {
    request: Request,
    fetched: Option<Fetched>,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The mail, whole.
    Mime(Vec<u8>),
    /// The folder or the mail is not there.
    Gone,
}

impl Errand {
    /// As WBXML; `None` in 2.5, which has no such command.
    pub(super) fn body(&self, version: pushmail_wbxml::ProtocolVersion) -> Option<Vec<u8>> {
        self.request.encode(version)
    }
}

impl EasFlow {
    /// A conversation that fetches this mail as MIME, changes nothing and watches nothing. It ends with
    /// [`FaultKind::Closed`]; [`EasFlow::fetched`] has what came.
    pub fn fetching(settings: Settings, collection: CollectionId, item: ServerId) -> Self {
        let body = BodyPreference {
            kind: BodyType::Mime,
            truncation: None,
            all_or_none: false,
            preview: None,
        };
        let request = Request {
            collection,
            item,
            body,
        };
        let mut flow = Self::new(settings);
        flow.errand = Some(Box::new(Errand {
            request,
            fetched: None,
        }));
        flow
    }

    /// What was fetched; `None` if the conversation ended before.
    pub fn fetched(self) -> Option<Fetched> {
        self.errand?.fetched
    }

    pub(super) fn took_item(&mut self, body: &[u8], at: Moment) {
        let limits = Limits {
            document: pushmail_wbxml::Limits {
                content: limits::ITEM as u64,
                total: 2 * limits::ITEM as u64,
                ..Limits::default().document
            },
            item: item::Limits {
                body: limits::ITEM,
                ..item::Limits::default()
            },
        };
        let answer = match Answer::parse(body, limits) {
            Ok(answer) => answer,
            Err(error) => return self.unreadable("ItemOperations", &error),
        };
        let status = answer.fetch.unwrap_or(answer.status);
        match (status, answer.item.and_then(|item| item.body)) {
            (Status::Success, Some(body)) => self.has_fetched(Fetched::Mime(body.data.to_vec())),
            // SOGo says so of a folder that it does not know.
            (Status::Success, None) => self.has_fetched(Fetched::Gone),
            (other, _) if other.category() == Category::Item => self.has_fetched(Fetched::Gone),
            (other, _) => self.heed(other.category(), other.number(), at),
        }
    }

    /// The server's answer to a mail that is not there may be one of HTTP: SOGo's is 501.
    pub(super) fn item_is_gone(&mut self) {
        self.has_fetched(Fetched::Gone);
    }

    fn has_fetched(&mut self, fetched: Fetched) {
        if let Some(errand) = &mut self.errand {
            errand.fetched = Some(fetched);
        }
        self.finish(Fault::new(FaultKind::Closed, "what was wanted is there"));
    }
}
