//! Cyrus' configuration.

use crate::server::{Lease, Owner, Ports, Unpacked};
use std::path::Path;

/// The program that starts the others.
pub(super) const MASTER: &str = "usr/lib/cyrus/bin/master";

/// Where idled hears of sessions in IDLE, and of news for them; below Cyrus' folder.
pub(super) const IDLE_SOCKET: &str = "lib/socket/idle";

/// `imapd.conf`. Syncing to disk is left out, as there is nothing here to keep.
pub(super) fn imapd(folder: &Path, owner: &Owner) -> String {
    let folder = folder.display();
    let user = &owner.user;
    format!(
        "configdirectory: {folder}/lib\n\
         partition-default: {folder}/spool\n\
         defaultpartition: default\n\
         proc_path: {folder}/lib/proc\n\
         mboxname_lockpath: {folder}/lib/lock\n\
         idlesocket: {folder}/{IDLE_SOCKET}\n\
         lmtpsocket: {folder}/lib/socket/lmtp\n\
         notifysocket: {folder}/lib/socket/notify\n\
         cyrus_user: {user}\n\
         servername: localhost\n\
         virtdomains: userid\n\
         defaultdomain: default.test\n\
         unixhierarchysep: yes\n\
         altnamespace: yes\n\
         lmtp_downcase_rcpt: yes\n\
         allowplaintext: yes\n\
         failedloginpause: 0s\n\
         sasl_pwcheck_method: saslauthd\n\
         sasl_saslauthd_path: {folder}/sasl/mux\n\
         sasl_mech_list: PLAIN LOGIN\n\
         sasl_maximum_layer: 0\n\
         tls_server_cert: {folder}/server.pem\n\
         tls_server_key: {folder}/server.key\n\
         autocreate_quota: 0\n\
         autocreate_post: yes\n\
         duplicatesuppression: no\n\
         search_engine: none\n\
         skiplist_unsafe: yes\n\
         umask: 077\n"
    )
}

/// `cyrus.conf`. The options of `master` are not handed on, so each service names `imapd.conf`.
pub(super) fn services(unpacked: &Unpacked, imapd_conf: &Path, ports: &Ports) -> String {
    let programs = unpacked.path("usr/lib/cyrus/bin");
    let programs = programs.display();
    let imapd_conf = imapd_conf.display();
    let [imap, imaps, lmtp] = [&ports.imap, &ports.imaps, &ports.lmtp].map(Lease::addr);
    format!(
        "START {{\n}}\n\
         SERVICES {{\n  \
           imap cmd=\"{programs}/imapd -C {imapd_conf}\" listen=\"{imap}\" prefork=1 maxchild=1000\n  \
           imaps cmd=\"{programs}/imapd -s -C {imapd_conf}\" listen=\"{imaps}\" prefork=0 maxchild=1000\n  \
           lmtp cmd=\"{programs}/lmtpd -a -C {imapd_conf}\" listen=\"{lmtp}\" prefork=0 maxchild=20\n\
         }}\n\
         DAEMON {{\n  \
           idled cmd=\"{programs}/idled -C {imapd_conf}\"\n\
         }}\n\
         EVENTS {{\n}}\n"
    )
}
