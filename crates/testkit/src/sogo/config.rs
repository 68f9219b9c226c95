//! SOGo's configuration.

use crate::postgres;
use crate::server::PASSWORD;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The folders that SOGo makes in every mailbox.
pub(super) const FOLDERS: [&str; 5] = ["Drafts", "Sent", "Trash", "Junk", "Templates"];

/// Makes the table of users.
pub(super) fn users() -> String {
    format!(
        "CREATE TABLE sogo_users AS SELECT address AS c_uid, address AS c_name, \
         '{PASSWORD}' AS c_password, address AS c_cn, address AS mail \
         FROM generate_series(1, 20) tenant, generate_series(1, 100) number, \
         LATERAL (SELECT 'user' || number || '@tenant' || tenant || '.test' AS address) one"
    )
}

/// What tests choose.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How many requests it answers at once. A Ping takes one for as long as it waits.
    pub workers: u16,
    /// How often a Ping looks for changes, in seconds; 5 or more: with less SOGo still looks every 5
    /// seconds, and takes longer than its heartbeat.
    pub interval: u16,
    /// The longest heartbeat of a Ping and of a Sync that waits, in seconds.
    pub heartbeat: u16,
}

impl Default for Settings {
    /// Eight at once, every 5 seconds, up to 59 minutes.
    fn default() -> Self {
        Self {
            workers: 8,
            interval: 5,
            heartbeat: 3540,
        }
    }
}

/// Where things are that it needs.
pub(super) struct Needs {
    pub(super) listen: SocketAddr,
    pub(super) database: SocketAddr,
    /// memcached's socket.
    pub(super) cache: PathBuf,
    pub(super) imap: SocketAddr,
    pub(super) spool: PathBuf,
}

/// `sogo.conf`.
pub(super) fn text(settings: Settings, needs: &Needs) -> String {
    [
        "{\n".to_owned(),
        process(settings, needs),
        database(needs),
        mail(needs),
        active_sync(settings),
        "}\n".to_owned(),
    ]
    .concat()
}

fn process(settings: Settings, needs: &Needs) -> String {
    let Needs { listen, cache, .. } = needs;
    let (workers, cache) = (settings.workers, cache.display());
    format!(
        "  WOPort = \"{listen}\";\n  \
           WOWorkersCount = {workers};\n  \
           WOListenQueueSize = 512;\n  \
           WOWatchDogRequestTimeout = 70;\n  \
           SxVMemLimit = 2048;\n  \
           SOGoMemcachedHost = \"{cache}\";\n  \
           SOGoTimeZone = UTC;\n  \
           SOGoMaximumFailedLoginCount = 0;\n"
    )
}

fn database(needs: &Needs) -> String {
    let user = postgres::USER;
    let url = format!("postgresql://{user}@{}/{user}", needs.database);
    let tables = [
        ("SOGoProfileURL", "sogo_user_profile"),
        ("OCSFolderInfoURL", "sogo_folder_info"),
        ("OCSSessionsFolderURL", "sogo_sessions_folder"),
        ("OCSStoreURL", "sogo_store"),
        ("OCSAclURL", "sogo_acl"),
        ("OCSCacheFolderURL", "sogo_cache_folder"),
    ];
    let tables = tables.map(|(setting, table)| format!("  {setting} = \"{url}/{table}\";\n"));
    let users = format!(
        "  SOGoUserSources = ({{\n    \
             type = sql; id = directory; canAuthenticate = YES; isAddressBook = NO;\n    \
             viewURL = \"{url}/sogo_users\";\n    \
             userPasswordAlgorithm = plain;\n  \
           }});\n"
    );
    tables.concat() + &users
}

fn mail(needs: &Needs) -> String {
    let Needs { imap, spool, .. } = needs;
    let spool = spool.display();
    let [drafts, sent, trash, junk, templates] = FOLDERS;
    format!(
        "  SOGoIMAPServer = \"imap://{imap}\";\n  \
           SOGoMailSpoolPath = \"{spool}\";\n  \
           SOGoDraftsFolderName = {drafts};\n  \
           SOGoSentFolderName = {sent};\n  \
           SOGoTrashFolderName = {trash};\n  \
           SOGoJunkFolderName = {junk};\n  \
           SOGoTemplatesFolderName = {templates};\n  \
           SOGoAppointmentSendEMailNotifications = NO;\n"
    )
}

/// Without a limit of its own for windows and answers: clients choose.
fn active_sync(settings: Settings) -> String {
    let Settings {
        interval,
        heartbeat,
        ..
    } = settings;
    assert!(
        interval >= 5,
        "an interval of {interval} s is too short for SOGo"
    );
    format!(
        "  SOGoInternalSyncInterval = {interval};\n  \
           SOGoMaximumPingInterval = {heartbeat};\n  \
           SOGoMaximumSyncInterval = {heartbeat};\n"
    )
}
