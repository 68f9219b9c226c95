//! Code page 0, AirSync: the Sync command (MS-ASCMD, section 2.2.1.21). Tokens and versions: MS-ASWBXML, section
//! 2.1.2.1.1.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{ALL, FROM_12_1, FROM_14_0, ONLY_2_5, UNLISTED};

page! {
    0 "AirSync"
    SYNC = 0x05 "Sync" ALL;
    RESPONSES = 0x06 "Responses" ALL;
    ADD = 0x07 "Add" ALL;
    CHANGE = 0x08 "Change" ALL;
    DELETE = 0x09 "Delete" ALL;
    FETCH = 0x0A "Fetch" ALL;
    SYNC_KEY = 0x0B "SyncKey" ALL;
    CLIENT_ID = 0x0C "ClientId" ALL;
    SERVER_ID = 0x0D "ServerId" ALL;
    STATUS = 0x0E "Status" ALL;
    COLLECTION = 0x0F "Collection" ALL;
    CLASS = 0x10 "Class" ALL;
    VERSION = 0x11 "Version" UNLISTED;
    COLLECTION_ID = 0x12 "CollectionId" ALL;
    GET_CHANGES = 0x13 "GetChanges" ALL;
    MORE_AVAILABLE = 0x14 "MoreAvailable" ALL;
    WINDOW_SIZE = 0x15 "WindowSize" ALL;
    COMMANDS = 0x16 "Commands" ALL;
    OPTIONS = 0x17 "Options" ALL;
    FILTER_TYPE = 0x18 "FilterType" ALL;
    TRUNCATION = 0x19 "Truncation" ONLY_2_5;
    RTF_TRUNCATION = 0x1A "RTFTruncation" UNLISTED;
    CONFLICT = 0x1B "Conflict" ALL;
    COLLECTIONS = 0x1C "Collections" ALL;
    APPLICATION_DATA = 0x1D "ApplicationData" ALL;
    DELETES_AS_MOVES = 0x1E "DeletesAsMoves" ALL;
    NOTIFY_GUID = 0x1F "NotifyGUID" UNLISTED;
    SUPPORTED = 0x20 "Supported" ALL;
    SOFT_DELETE = 0x21 "SoftDelete" ALL;
    MIME_SUPPORT = 0x22 "MIMESupport" ALL;
    MIME_TRUNCATION = 0x23 "MIMETruncation" ALL;
    WAIT = 0x24 "Wait" FROM_12_1;
    LIMIT = 0x25 "Limit" FROM_12_1;
    PARTIAL = 0x26 "Partial" FROM_12_1;
    CONVERSATION_MODE = 0x27 "ConversationMode" FROM_14_0;
    MAX_ITEMS = 0x28 "MaxItems" FROM_14_0;
    HEARTBEAT_INTERVAL = 0x29 "HeartbeatInterval" FROM_14_0;
}
