//! The cloud's provider without most of its 128 services: it compiles in a third of the time, and has the same schemas of what is left.

use anyhow::{Context as _, ensure};
use std::fs;
use std::path::Path;

/// Services whose resources it has.
const SERVICES: [&str; 9] = [
    "authorization",
    "containers",
    "dns",
    "managedidentity",
    "managedredis",
    "network",
    "postgres",
    "privatedns",
    "resource",
];
/// Clients that these use.
const CLIENTS: [&str; 14] = [
    "Authorization",
    "ContainerService",
    "Containers",
    "Dns",
    "KeyVault",
    "ManagedIdentity",
    "ManagedRedis",
    "Network",
    "Postgres",
    "Preflight",
    "PrivateDns",
    "Resource",
    "Storage",
    "Subscription",
];

/// Edits the provider's source.
pub(super) fn services(source: &Path) -> anyhow::Result<()> {
    for file in ["services.go", "services_gen.go"] {
        edit(&source.join("internal/provider").join(file), registrations)?;
    }
    for file in ["client.go", "client_gen.go"] {
        edit(&source.join("internal/clients").join(file), clients)?;
    }
    Ok(())
}

fn edit(file: &Path, how: impl FnOnce(&str) -> String) -> anyhow::Result<()> {
    let text = fs::read_to_string(file)
        .with_context(|| format!("the provider has no {}", file.display()))?;
    let edited = used_imports(&how(&text));
    ensure!(edited != text, "nothing to leave out of {}", file.display());
    Ok(fs::write(file, edited)?)
}

/// Without the registrations of other services.
fn registrations(text: &str) -> String {
    let stays = |line: &&str| {
        let service = line.trim().strip_suffix(".Registration{},");
        service.is_none_or(|service| SERVICES.contains(&service))
    };
    lines(text.lines().filter(stays))
}

/// Without other clients: their fields, and where they are made.
fn clients(text: &str) -> String {
    let mut kept = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        if in_block {
            in_block = line != "\t}";
            continue;
        }
        let made = line
            .strip_prefix("\tif client.")
            .and_then(|rest| rest.split_once(", err = "));
        if made.is_some_and(|(name, _)| !CLIENTS.contains(&name)) {
            in_block = true;
        } else if !is_other_field(line) && !is_other_assignment(line) {
            kept.push(line);
        }
    }
    lines(kept.into_iter())
}

/// `Name *package.Client`
fn is_other_field(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (Some(name), Some(kind), None) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    let is_client = kind.starts_with('*') && kind.ends_with("Client") && kind.contains('.');
    is_client && !CLIENTS.contains(&name)
}

/// `client.Name = package.NewClient(o)`
fn is_other_assignment(line: &str) -> bool {
    let assigned = line
        .strip_prefix("\tclient.")
        .and_then(|rest| rest.split_once(" = "));
    assigned.is_some_and(|(name, made)| made.contains(".New") && !CLIENTS.contains(&name))
}

/// Without imports that nothing uses any more, which Go refuses.
fn used_imports(text: &str) -> String {
    let stays = |line: &&str| import(line).is_none_or(|name| is_used(name, text));
    lines(text.lines().filter(stays))
}

/// The name by which a line imports something.
fn import(line: &str) -> Option<&str> {
    let line = line.strip_prefix('\t')?;
    let (name, path) = line.split_once('"')?;
    let path = path.strip_suffix('"')?;
    let last = path.rsplit('/').next()?;
    Some(if name.is_empty() { last } else { name.trim() })
}

fn is_used(name: &str, text: &str) -> bool {
    text.match_indices(&format!("{name}.")).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == '/')
    })
}

fn lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: &str = r#"import (
	"context"
	"fmt"

	dns_v2018 "example.org/sdk/dns/2018"
	cdn "example.org/services/cdn/client"
	dns "example.org/services/dns/client"
)

type Client struct {
	StopContext context.Context
	Cdn *cdn.Client
	Dns *dns_v2018.Client
}

func (client *Client) Build(o *Options) error {
	client.StopContext = ctx
	if client.Cdn, err = cdn.NewClient(o); err != nil {
		return fmt.Errorf("cdn: %+v", err)
	}
	client.Frontdoor = cdn.NewClient(o)
	if client.Dns, err = dns.NewClient(o); err != nil {
		return fmt.Errorf("dns: %+v", err)
	}
	return nil
}
"#;

    #[test]
    fn other_clients_are_left_out_with_their_imports() {
        let left = used_imports(&clients(CLIENT));
        assert!(!left.contains("cdn"), "{left}");
        assert!(!left.contains("Frontdoor"), "{left}");
        for kept in [
            "\t\"context\"",
            "client.StopContext = ctx",
            "dns_v2018.Client",
            "dns.NewClient(o)",
            "return nil",
        ] {
            assert!(left.contains(kept), "{kept} in {left}");
        }
    }

    #[test]
    fn other_services_are_left_out() {
        let text =
            "\t\t\tcdn.Registration{},\n\t\t\tdns.Registration{},\n\t// resource.Registration{}\n";
        let left = registrations(text);
        assert_eq!(
            left,
            "\t\t\tdns.Registration{},\n\t// resource.Registration{}\n"
        );
    }
}
