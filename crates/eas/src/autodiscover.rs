//! Autodiscover: from a mail address to its server of Exchange ActiveSync (MS-ASCMD, section 2.2.1.1; MS-OXDISCO;
//! MS-OXDSCLI, section 3.1.5).
//!
//! [`Autodiscover`] says what to do next, [`Step`], and is told what came of it, [`Reply`]. It asks in the order in which
//! least is shown: without the credential first, then with it over HTTPS; then for a redirect over HTTP, and for an SRV
//! record, which lead to others.
//!
//! Invariant: the credential is shown over HTTPS only, and only to hosts in the address's domain; to others after
//! [`Step::Consent`]. Invariant: nobody outside the domain is asked for anything without it. Parents of the domain are
//! outside: what has `autodiscover.` in front of a top-level domain belongs to anybody.

mod answers;
mod ask;
mod json;
mod outcome;
mod place;
mod pox;
mod step;

pub use ask::Query;
pub use outcome::{Failure, Found, How};
pub use step::{Reply, Step};

use crate::http::Limits;
use ask::{Ask, Kind};
use pushmail_domain::Authentication;
use pushmail_upstream::target::MailAddress;
use std::collections::{HashSet, VecDeque};

/// How much of an answer is taken: some 1 KB is usual.
pub const LIMITS: Limits = Limits {
    head: 16 * 1024,
    headers: 64,
    informational: 8,
    chunk_line: 1024,
    trailers: 1024,
    body: 64 * 1024,
};

/// A search.
#[derive(Debug)]
pub struct Autodiscover {
    address: MailAddress,
    credential: Option<Authentication>,
    todo: VecDeque<Todo>,
    /// What is waited for.
    pending: Option<Todo>,
    /// What was asked, and for which address.
    asked: HashSet<(String, Ask)>,
    addresses: HashSet<String>,
    hops: usize,
    /// What is said if nothing is found.
    trouble: Option<Failure>,
    outcome: Option<Result<Found, Failure>>,
}

#[derive(Debug)]
enum Todo {
    Ask(Ask),
    Srv,
    /// Ask for another address.
    Address(MailAddress),
    /// This host, or this domain, is outside of the address's.
    Outside(String, Box<Todo>),
}

impl Autodiscover {
    /// The search for the server of an address.
    pub fn new(address: MailAddress) -> Self {
        let mut search = Self {
            address: address.clone(),
            credential: None,
            todo: VecDeque::new(),
            pending: None,
            asked: HashSet::new(),
            addresses: HashSet::new(),
            hops: 0,
            trouble: None,
            outcome: None,
        };
        search.begin(address);
        search
    }

    /// What to do next, given what came of the last step; nothing before the first.
    pub fn next(&mut self, reply: Option<Reply>) -> Step {
        if let (Some(pending), Some(reply)) = (self.pending.take(), reply) {
            self.take(pending, reply);
        }
        loop {
            if let Some(outcome) = &self.outcome {
                return Step::Done(outcome.clone());
            }
            match self.todo.pop_front() {
                Some(todo) => {
                    if let Some(step) = self.step(todo) {
                        return step;
                    }
                }
                None => self.outcome = Some(Err(self.nothing())),
            }
        }
    }

    /// Asks for this address, and forgets what was to be asked for another.
    fn begin(&mut self, address: MailAddress) {
        let domain = address.domain();
        if !domain.contains('.') {
            let domain = domain.to_owned();
            return self.fail(Failure::TopLevel { domain });
        }
        let named = format!("autodiscover.{domain}");
        let asks = [
            Ask::json(domain, &address),
            Ask::json(&named, &address),
            Ask::xml(domain),
            Ask::xml(&named),
            Ask::redirect(&named),
        ];
        self.todo = asks.into_iter().flatten().map(Todo::Ask).collect();
        self.todo.push_back(Todo::Srv);
        self.addresses.insert(address.to_string());
        self.address = address;
    }

    /// Does one thing; none if there is nothing to wait for.
    fn step(&mut self, todo: Todo) -> Option<Step> {
        let step = match &todo {
            Todo::Ask(ask) if self.was_asked(ask) => return None,
            Todo::Ask(ask) if ask.kind == Kind::Xml && self.credential.is_none() => {
                Step::Credential(ask.host().to_owned())
            }
            Todo::Ask(ask) => match ask.query(&self.address, self.credential.as_ref()) {
                Ok(query) => {
                    self.asked.insert(self.key(ask));
                    Step::Send(query)
                }
                Err(error) => {
                    self.fail(error.into());
                    return None;
                }
            },
            Todo::Srv => Step::Srv(format!("_autodiscover._tcp.{}", self.address.domain())),
            Todo::Outside(host, _) => Step::Consent(host.clone()),
            Todo::Address(address) => {
                self.begin(address.clone());
                return None;
            }
        };
        self.pending = Some(todo);
        Some(step)
    }

    fn was_asked(&self, ask: &Ask) -> bool {
        self.asked.contains(&self.key(ask))
    }

    /// What led to a question does not make it another one.
    fn key(&self, ask: &Ask) -> (String, Ask) {
        let how = How::Json;
        (self.address.to_string(), Ask { how, ..ask.clone() })
    }

    fn fail(&mut self, failure: Failure) {
        self.outcome = Some(Err(failure));
    }

    fn nothing(&self) -> Failure {
        let domain = self.address.domain().to_owned();
        self.trouble.clone().unwrap_or(Failure::Nothing { domain })
    }
}
