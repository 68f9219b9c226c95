//! What answers mean for a search.

use super::ask::{Ask, Kind};
use super::pox::{self, Told};
use super::{Autodiscover, Failure, Found, Reply, Todo, json};
use crate::http::{Head, Url};
use pushmail_upstream::target::MailAddress;

/// Most redirects of all kinds that are followed (MS-OXDSCLI, section 3.1.5.4).
const MOST_HOPS: usize = 10;

impl Autodiscover {
    /// Takes what came of the step that was waited for.
    pub(super) fn take(&mut self, pending: Todo, reply: Reply) {
        match (pending, reply) {
            (todo @ Todo::Ask(_), Reply::Credential(credential)) => {
                self.credential = Some(credential);
                self.todo.push_front(todo);
            }
            (Todo::Ask(ask), Reply::Answer(head, body)) => self.answered(&ask, &head, &body),
            (Todo::Srv, Reply::Srv(Some((host, port)))) => {
                if let Some(ask) = Ask::srv(&host, port) {
                    self.hop(host, Todo::Ask(ask));
                }
            }
            (Todo::Outside(_, todo), Reply::Consent(true)) => self.todo.push_front(*todo),
            (Todo::Outside(host, _), _) => self.untrusted(host),
            _ => {}
        }
    }

    fn answered(&mut self, ask: &Ask, head: &Head, body: &[u8]) {
        match (ask.kind, head.status) {
            (_, 301 | 302 | 303 | 307 | 308) => self.redirected(ask, head.location.as_deref()),
            (Kind::Json, 200) => self.found(ask, json::url(body)),
            (Kind::Xml, 200) => match pox::read(body) {
                Some(Told::Server(url)) => self.found(ask, Some(url)),
                Some(Told::Address(address)) => self.readdressed(&address),
                None => {}
            },
            (Kind::Xml, 401) => {
                let host = ask.host().to_owned();
                self.fail(Failure::Rejected { host });
            }
            _ => {}
        }
    }

    /// Takes a server that is to be reached by TLS.
    fn found(&mut self, ask: &Ask, url: Option<String>) {
        let url = url.and_then(|url| Url::parse(&url).ok());
        if let Some(url) = url.filter(Url::is_secure) {
            self.outcome = Some(Ok(Found {
                url,
                user: self.address.to_string(),
                how: ask.how,
            }));
        }
    }

    fn redirected(&mut self, from: &Ask, location: Option<&str>) {
        let Some(ask) = location.and_then(|location| from.follow(location)) else {
            return;
        };
        let host = ask.host().to_owned();
        if self.was_asked(&ask) {
            // Many servers redirect whatever is asked in the clear to themselves.
            return match from.kind {
                Kind::Redirect => {}
                Kind::Json | Kind::Xml => self.circle(host),
            };
        }
        self.hop(host, Todo::Ask(ask));
    }

    /// The user has another address.
    fn readdressed(&mut self, address: &str) {
        let Ok(address) = MailAddress::parse(address) else {
            return;
        };
        let domain = address.domain().to_owned();
        if self.addresses.contains(&address.to_string()) {
            return self.circle(domain);
        }
        self.hop(domain, Todo::Address(address));
    }

    /// Goes on with a host, or a domain, that somebody named.
    fn hop(&mut self, host: String, todo: Todo) {
        self.hops += 1;
        if self.hops > MOST_HOPS {
            let domain = self.address.domain().to_owned();
            return self.fail(Failure::TooFar { domain });
        }
        let todo = match self.address.is_home(&host) {
            true => todo,
            false => Todo::Outside(host, Box::new(todo)),
        };
        self.todo.push_front(todo);
    }

    fn circle(&mut self, host: String) {
        self.trouble.get_or_insert(Failure::Circle { host });
    }

    /// The first host that was not trusted is the one to tell of: it is what the user can do something about.
    fn untrusted(&mut self, host: String) {
        if !matches!(self.trouble, Some(Failure::Untrusted { .. })) {
            let domain = self.address.domain().to_owned();
            self.trouble = Some(Failure::Untrusted { domain, host });
        }
    }
}
