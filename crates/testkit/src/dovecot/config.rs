//! Dovecot's configuration.

use crate::server::{Lease, Owner, PASSWORD, Ports};
use std::path::Path;

/// Where `userdb` finds the user's ids.
fn ids(owner: &Owner) -> String {
    format!("uid={} gid={}", owner.uid, owner.gid)
}

/// Settings that only a Dovecot without root's rights needs: it runs as this user and group only.
fn unprivileged(owner: &Owner) -> String {
    if owner.is_root {
        return String::new();
    }
    let Owner { user, group, .. } = owner;
    let names = format!(
        "default_internal_user = {user}\ndefault_login_user = {user}\n\
         default_internal_group = {group}\n"
    );
    let services = ["anvil", "imap-login", "imap-urlauth-login"];
    services.iter().fold(names, |all, service| {
        all + &format!("service {service} {{\n  chroot =\n}}\n")
    })
}

/// Bearer tokens are checked by their signature, without a server.
pub(super) fn oauth2(folder: &Path) -> String {
    format!(
        "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={}/jwt/\n\
         client_id = openid\nusername_attribute = email\n",
        folder.display()
    )
}

/// `dovecot.conf`.
pub(super) fn main(folder: &Path, ports: &Ports, owner: &Owner) -> String {
    let folder = folder.display().to_string();
    let ids = ids(owner);
    [
        // First, since the services name these users.
        unprivileged(owner),
        basics(&folder),
        logins(&folder, &ids),
        services(ports),
    ]
    .concat()
}

fn basics(folder: &str) -> String {
    format!(
        "base_dir = {folder}/run\n\
         state_dir = {folder}/state\n\
         log_path = {folder}/dovecot.log\n\
         protocols = imap lmtp\n\
         listen = 127.0.0.1\n\
         ssl = yes\n\
         ssl_cert = <{folder}/server.pem\n\
         ssl_key = <{folder}/server.key\n\
         ssl_min_protocol = TLSv1.2\n\
         disable_plaintext_auth = no\n\
         first_valid_uid = 1\n\
         mail_location = maildir:{folder}/mail/%d/%n\n\
         mail_max_userip_connections = 50000\n\
         mail_fsync = never\n\
         maildir_very_dirty_syncs = yes\n\
         imap_hibernate_timeout = 5s\n\
         namespace inbox {{\n  inbox = yes\n  separator = /\n}}\n"
    )
}

/// The empty last database makes an unknown name a refusal; without it, it is an internal error.
fn logins(folder: &str, ids: &str) -> String {
    format!(
        "auth_mechanisms = plain login xoauth2 oauthbearer\n\
         auth_failure_delay = 0\n\
         passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  \
         args = {folder}/oauth2.conf.ext\n}}\n\
         passdb {{\n  driver = static\n  mechanisms = plain login none\n  \
         username_filter = user*@tenant*.test\n  args = password={{PLAIN}}{PASSWORD}\n}}\n\
         passdb {{\n  driver = passwd-file\n  mechanisms = plain login none\n  \
         args = {folder}/empty.passwd\n}}\n\
         userdb {{\n  driver = static\n  args = {ids} home={folder}/home/%d/%n\n}}\n"
    )
}

/// Few processes with many connections each; a failed login from one address delays no other.
fn services(ports: &Ports) -> String {
    let [imap, imaps, lmtp] = [&ports.imap, &ports.imaps, &ports.lmtp].map(Lease::port);
    format!(
        "default_process_limit = 100\n\
         default_client_limit = 1000\n\
         service imap-login {{\n  \
           inet_listener imap {{\n    port = {imap}\n  }}\n  \
           inet_listener imaps {{\n    port = {imaps}\n    ssl = yes\n  }}\n  \
           service_count = 0\n  process_limit = 2\n}}\n\
         service imap {{\n  process_limit = 1000\n  service_count = 100\n  idle_kill = 5s\n  \
           extra_groups = $default_internal_group\n  \
           unix_listener imap-master {{\n    user = $default_internal_user\n  }}\n}}\n\
         service imap-hibernate {{\n  \
           unix_listener imap-hibernate {{\n    mode = 0660\n    \
           group = $default_internal_group\n  }}\n}}\n\
         service lmtp {{\n  process_limit = 20\n  \
           inet_listener lmtp {{\n    address = 127.0.0.1\n    port = {lmtp}\n  }}\n}}\n\
         service anvil {{\n  client_limit = 2000\n  \
           unix_listener anvil-auth-penalty {{\n    mode = 0\n  }}\n}}\n\
         service auth {{\n  client_limit = 3000\n}}\n\
         service stats {{\n  client_limit = 3000\n  \
           unix_listener stats-writer {{\n    mode = 0666\n  }}\n}}\n"
    )
}
