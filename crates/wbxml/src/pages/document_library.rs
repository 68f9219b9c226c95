//! Code page 19, DocumentLibrary: documents (MS-ASDOC). Tokens and versions: MS-ASWBXML, section 2.1.2.1.20.

use crate::version::FROM_12_0;

page! {
    19 "DocumentLibrary"
    LINK_ID = 0x05 "LinkId" FROM_12_0;
    DISPLAY_NAME = 0x06 "DisplayName" FROM_12_0;
    IS_FOLDER = 0x07 "IsFolder" FROM_12_0;
    CREATION_DATE = 0x08 "CreationDate" FROM_12_0;
    LAST_MODIFIED_DATE = 0x09 "LastModifiedDate" FROM_12_0;
    IS_HIDDEN = 0x0A "IsHidden" FROM_12_0;
    CONTENT_LENGTH = 0x0B "ContentLength" FROM_12_0;
    CONTENT_TYPE = 0x0C "ContentType" FROM_12_0;
}
