//! What a refusal asks of the conversation, and how often it goes along with that.

use super::fault::Refusal;
use super::{Connection, EasFlow, limits};
use crate::http::{Head, RetryAfter, Url};
use crate::status::Category;
use pushmail_domain::{Endpoint, FaultKind, Security};
use pushmail_upstream::{Moment, Output, Redial};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How often in a row something went wrong. All begin anew with an answer that is fine.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Care {
    retries: u8,
    redials: u8,
    redirects: u8,
    adjusted: u8,
}

/// A request that failed for now is sent again after this.
const RETRY: Duration = Duration::from_secs(5);
/// A server that wants to be left alone, and does not say for how long, is for this long.
const ALONE: Duration = Duration::from_secs(60);
/// What it says counts up to this; beyond, the conversation ends, and the account waits as long as it did before.
const MOST_ALONE: Duration = Duration::from_secs(15 * 60);

impl EasFlow {
    /// A request went well.
    pub(super) fn succeeded(&mut self) {
        self.care = Care::default();
        self.provisioning.succeeded();
    }

    /// Does what a status asks for. Whatever the request was for is still to be done, and so is asked again.
    pub(super) fn heed(&mut self, category: Category, status: u16, at: Moment) {
        match category {
            Category::Fine | Category::Item => self.succeeded(),
            Category::Reprovision => self.provision(),
            Category::HierarchyChanged => self.hierarchy.is_due_now(),
            Category::SendInFull | Category::Adjust => {
                self.waiting.forget_parameters();
                self.adjusted();
            }
            Category::Retry => self.again_after(RETRY, Refusal::Status(status), at),
            Category::BackOff => self.again_after(ALONE, Refusal::Status(status), at),
            Category::Rediscover => self.negotiate_again(Refusal::Status(status)),
            Category::RemoteWipe => self.ordered_to_wipe(Refusal::Status(status)),
            other => self.refuse(other, Refusal::Status(status)),
        }
    }

    /// Something that the server allows was found: not without end.
    pub(super) fn adjusted(&mut self) {
        self.care.adjusted += 1;
        if self.care.adjusted > limits::RETRIES {
            self.refuse(Category::Bug, Refusal::Endless);
        }
    }

    /// The same again after a while, on another connection: a server that is in trouble need not keep this one.
    pub(super) fn again_after(&mut self, pause: Duration, refusal: Refusal, at: Moment) {
        self.care.retries += 1;
        let gives_up = self.care.retries > limits::RETRIES || pause > MOST_ALONE;
        if gives_up || !self.live {
            return self.refuse(Category::BackOff, refusal);
        }
        self.redial_at(at.elapsed + pause);
    }

    /// The server speaks another version now, or says so of itself: once it is asked.
    pub(super) fn negotiate_again(&mut self, refusal: Refusal) {
        self.care.redirects += 1;
        if self.care.redirects > limits::REDIRECTS {
            return self.refuse(Category::Rediscover, refusal);
        }
        self.learned.version = None;
    }

    /// The server is too busy, or holds this device back (MS-ASHTTP, section 3.1.5.2.3).
    pub(super) fn held_back(&mut self, head: &Head, at: Moment) {
        let pause = match head.retry_after {
            Some(RetryAfter::Seconds(seconds)) => Duration::from_secs(seconds.max(1)),
            Some(RetryAfter::Date(_)) | None => ALONE,
        };
        self.again_after(pause, Refusal::Http(head.status), at);
    }

    /// The server is elsewhere (MS-ASHTTP, section 3.1.5.2.2).
    pub(super) fn sent_elsewhere(&mut self, head: &Head, at: Moment) {
        let place = head.ms_location.as_deref().map(Url::parse);
        let Some(Ok(url)) = place else {
            return self.fail(
                FaultKind::Protocol,
                "the server says that the mailbox is elsewhere, and not where: look for its server, and set the account's host anew",
            );
        };
        let endpoint = Endpoint {
            host: url.host().to_owned(),
            port: url.port(),
            security: match url.is_secure() {
                true => Security::Tls,
                false => Security::Plaintext,
            },
        };
        if !url.is_secure() && self.endpoint.security != Security::Plaintext {
            return self.fail(
                FaultKind::PlaintextRefused,
                "the server sends the account to a place without TLS, where its credential would be seen: nothing was sent there",
            );
        }
        let same = endpoint == self.endpoint && url.path() == self.path;
        self.care.redirects += 1;
        if same || self.care.redirects > limits::REDIRECTS {
            return self.fail(
                FaultKind::Protocol,
                "the server sends the account from place to place without end",
            );
        }
        self.endpoint = endpoint;
        url.path().clone_into(&mut self.path);
        self.redial(at);
    }

    /// The connection ended without an answer, which happens to those that are kept; not again and again.
    pub(super) fn lost_connection(&mut self, at: Moment) {
        self.care.redials += 1;
        if self.care.redials > limits::REDIALS {
            return self.fail(
                FaultKind::Closed,
                "the server closes each connection without an answer",
            );
        }
        self.redial(at);
    }

    /// The server refuses every key, also the first one, that it gave itself.
    pub(super) fn again_after_refused_keys(&mut self, status: u16, at: Moment) {
        self.care.retries = limits::RETRIES;
        self.again_after(ALONE, Refusal::Status(status), at);
    }

    /// Goes on on another connection.
    pub(super) fn redial(&mut self, at: Moment) {
        self.redial_at(at.elapsed);
    }

    /// The same, not before this time.
    pub(super) fn redial_at(&mut self, at: Duration) {
        if matches!(
            self.connection,
            Connection::Redialling | Connection::Finished
        ) {
            return;
        }
        self.connection = Connection::Redialling;
        self.exchange = None;
        // Whoever makes the connection may take long.
        self.credential = None;
        let endpoint = self.endpoint.clone();
        self.outputs
            .push_back(Output::Redial(Redial { endpoint, at }));
    }
}
