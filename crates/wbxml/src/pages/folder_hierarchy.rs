//! Code page 7, FolderHierarchy: the folder commands (MS-ASCMD, sections 2.2.1.3 to 2.2.1.6 and 2.2.1.8). Tokens
//! and versions: MS-ASWBXML, section 2.1.2.1.8.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{ALL, TO_12_1, UNLISTED};

page! {
    7 "FolderHierarchy"
    FOLDERS = 0x05 "Folders" TO_12_1;
    FOLDER = 0x06 "Folder" TO_12_1;
    DISPLAY_NAME = 0x07 "DisplayName" ALL;
    SERVER_ID = 0x08 "ServerId" ALL;
    PARENT_ID = 0x09 "ParentId" ALL;
    TYPE = 0x0A "Type" ALL;
    RESPONSE = 0x0B "Response" UNLISTED;
    STATUS = 0x0C "Status" ALL;
    CONTENT_CLASS = 0x0D "ContentClass" UNLISTED;
    CHANGES = 0x0E "Changes" ALL;
    ADD = 0x0F "Add" ALL;
    DELETE = 0x10 "Delete" ALL;
    UPDATE = 0x11 "Update" ALL;
    SYNC_KEY = 0x12 "SyncKey" ALL;
    FOLDER_CREATE = 0x13 "FolderCreate" ALL;
    FOLDER_DELETE = 0x14 "FolderDelete" ALL;
    FOLDER_UPDATE = 0x15 "FolderUpdate" ALL;
    FOLDER_SYNC = 0x16 "FolderSync" ALL;
    COUNT = 0x17 "Count" ALL;
    VERSION = 0x18 "Version" UNLISTED;
}
