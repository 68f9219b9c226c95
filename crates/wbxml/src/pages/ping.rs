//! Code page 13, Ping: the Ping command (MS-ASCMD, section 2.2.1.13). Tokens and versions: MS-ASWBXML, section
//! 2.1.2.1.14.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{ALL, UNLISTED};

page! {
    13 "Ping"
    PING = 0x05 "Ping" ALL;
    AUTD_STATE = 0x06 "AutdState" UNLISTED;
    STATUS = 0x07 "Status" ALL;
    HEARTBEAT_INTERVAL = 0x08 "HeartbeatInterval" ALL;
    FOLDERS = 0x09 "Folders" ALL;
    FOLDER = 0x0A "Folder" ALL;
    ID = 0x0B "Id" ALL;
    CLASS = 0x0C "Class" ALL;
    MAX_FOLDERS = 0x0D "MaxFolders" ALL;
}
