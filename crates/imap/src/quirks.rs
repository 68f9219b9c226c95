//! What providers do differently, as data: `quirks.toml`, compiled in.

use pushmail_upstream::budget::ProviderBudget;
use pushmail_upstream::keepalive::KeepAlive;
use serde::Deserialize;
use std::sync::LazyLock;
use std::time::Duration;

const TABLE: &str = include_str!("quirks.toml");

/// How to treat a server. `quirks.toml` says for whom each value was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quirks {
    /// The provider, as people know it; empty for a server without a rule.
    pub name: String,
    /// How long one IDLE lasts, at first, before it is ended, probed and begun again.
    pub keep_alive: Duration,
    /// How long it may become. RFC 2177 wants less than 29 minutes.
    pub keep_alive_max: Duration,
    /// Poll, even where IDLE is advertised.
    pub no_idle: bool,
    /// How to poll, where there is no IDLE.
    pub poll: Poll,
    /// The pause between polls while mail comes.
    pub poll_interval: Duration,
    /// The longest pause between polls while nothing comes.
    pub poll_interval_max: Duration,
    /// The pause between visits to the folders beyond the first.
    pub folder_round: Duration,
    /// Send ID even where it is not advertised.
    pub force_id: bool,
    /// Wait for the answer to DONE before sending the next command.
    pub no_pipelined_done: bool,
    /// Open folders by SELECT, where EXAMINE does not show what it should.
    pub selects: bool,
    /// Choose XOAUTH2 before OAUTHBEARER.
    pub prefer_xoauth2: bool,
    /// What to do when a password is rejected: one clause, without a full stop.
    pub password_remedy: String,
    /// What to do when an access token is rejected: one clause, without a full stop.
    pub token_remedy: String,
    /// How many connections and logins the provider bears.
    pub budget: ProviderBudget,
}

/// How to ask whether there is news.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Poll {
    /// NOOP (RFC 9051, section 6.1.2).
    #[default]
    Noop,
    /// EXAMINE again, where NOOP shows nothing.
    Examine,
    /// STATUS, where NOOP does not keep the connection alive; and EXAMINE again, since STATUS shows nothing.
    Status,
}

impl Default for Quirks {
    /// How to treat a server without a rule.
    fn default() -> Self {
        RULES.default.clone()
    }
}

impl Quirks {
    /// How long a connection may be silent, before anything was learned.
    pub fn keep_alive(&self) -> KeepAlive {
        KeepAlive::new(self.keep_alive, self.keep_alive_max)
    }

    /// How to treat the server at this host name.
    pub fn of_host(host: &str) -> &'static Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let fits = |suffix: &String| {
            host.strip_suffix(suffix.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        RULES
            .providers
            .iter()
            .find(|rule| rule.hosts.iter().any(fits))
            .map_or(&RULES.default, |rule| &rule.quirks)
    }

    /// The rule of this name; the one for all others if it is empty. `None` if there is no such rule.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        if name.is_empty() {
            return Some(&RULES.default);
        }
        let mut all = RULES.providers.iter().map(|rule| &rule.quirks);
        all.find(|quirks| quirks.name == name)
    }

    /// How to treat a server that says this of itself, in its greeting or its answer to ID; `None`
    /// without a rule for it.
    pub fn of_text(text: &str) -> Option<&'static Self> {
        let text = text.to_ascii_lowercase();
        RULES
            .providers
            .iter()
            .find(|rule| rule.texts.iter().any(|word| text.contains(word)))
            .map(|rule| &rule.quirks)
    }
}

struct Rule {
    hosts: Vec<String>,
    texts: Vec<String>,
    quirks: Quirks,
}

struct Rules {
    default: Quirks,
    providers: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    default: Entry,
    provider: Vec<Entry>,
}

/// One table of the file; what is missing comes from `[default]`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Entry {
    name: String,
    hosts: Vec<String>,
    texts: Vec<String>,
    keep_alive: Option<u64>,
    keep_alive_max: Option<u64>,
    no_idle: bool,
    poll: Poll,
    poll_interval: Option<u64>,
    poll_interval_max: Option<u64>,
    folder_round: Option<u64>,
    force_id: bool,
    no_pipelined_done: bool,
    selects: bool,
    prefer_xoauth2: bool,
    password_remedy: Option<String>,
    token_remedy: Option<String>,
    budget: ProviderBudget,
}

impl Entry {
    fn rule(self, default: &Self) -> Rule {
        let seconds = |own: Option<u64>, other: Option<u64>| {
            Duration::from_secs(own.or(other).unwrap_or(60).max(1))
        };
        let text = |own: Option<String>, other: &Option<String>| {
            own.or_else(|| other.clone()).unwrap_or_default()
        };
        let quirks = Quirks {
            name: self.name,
            keep_alive: seconds(self.keep_alive, default.keep_alive),
            // What one provider wants is not stretched, unless it says so.
            keep_alive_max: seconds(
                self.keep_alive_max.or(self.keep_alive),
                default.keep_alive_max,
            ),
            no_idle: self.no_idle,
            poll: self.poll,
            poll_interval: seconds(self.poll_interval, default.poll_interval),
            poll_interval_max: seconds(
                self.poll_interval_max.or(self.poll_interval),
                default.poll_interval_max,
            ),
            folder_round: seconds(self.folder_round, default.folder_round),
            force_id: self.force_id,
            no_pipelined_done: self.no_pipelined_done,
            selects: self.selects,
            prefer_xoauth2: self.prefer_xoauth2,
            password_remedy: text(self.password_remedy, &default.password_remedy),
            token_remedy: text(self.token_remedy, &default.token_remedy),
            budget: self.budget,
        };
        Rule {
            hosts: self.hosts,
            texts: self.texts,
            quirks,
        }
    }
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    // The file is compiled in, and a test reads it.
    let File { default, provider } = toml::from_str(TABLE).expect("quirks.toml is valid");
    let providers = provider
        .into_iter()
        .map(|entry| entry.rule(&default))
        .collect();
    let none = Entry::default();
    let default = none.rule(&default).quirks;
    Rules { default, providers }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_found_by_its_host_and_the_hosts_below_it() {
        assert_eq!(Quirks::of_host("IMAP.gmail.com.").name, "Gmail");
        assert_eq!(Quirks::of_host("outlook.office365.com").name, "Outlook");
        assert_eq!(Quirks::of_host("notgmail.com").name, "");
    }

    #[test]
    fn a_server_without_a_rule_gets_the_defaults() {
        let quirks = Quirks::of_host("imap.example.org");
        assert_eq!(*quirks, Quirks::default());
        assert_eq!(quirks.keep_alive, Duration::from_secs(540));
        assert_eq!(quirks.poll_interval, Duration::from_secs(60));
        assert!(!quirks.no_idle);
    }

    #[test]
    fn a_provider_keeps_the_defaults_it_does_not_name() {
        let quirks = Quirks::of_host("imap.163.com");
        assert!(quirks.no_idle && quirks.force_id);
        assert_eq!(quirks.folder_round, Quirks::default().folder_round);
        assert!(!quirks.token_remedy.is_empty());
    }

    #[test]
    fn what_a_provider_bears_is_known() {
        let budget = Quirks::of_host("imap.qq.com").budget;
        assert_eq!(budget.account_login_every, Some(60));
        assert_eq!(Quirks::default().budget, ProviderBudget::default());
    }

    #[test]
    fn a_server_is_known_by_its_greeting() {
        let text = "Gimap ready for requests from 192.0.2.1";
        assert_eq!(Quirks::of_text(text).unwrap().name, "Gmail");
        assert_eq!(Quirks::of_text("Dovecot ready."), None);
    }

    #[test]
    fn no_idle_lasts_longer_than_rfc_2177_allows() {
        for rule in &RULES.providers {
            assert!(rule.quirks.keep_alive_max < Duration::from_secs(29 * 60));
            let found = rule.hosts.is_empty() && rule.texts.is_empty();
            assert!(!found, "{} is never found", rule.quirks.name);
        }
    }
}
