//! Code page 20, ItemOperations: the ItemOperations command (MS-ASCMD, section 2.2.1.10). Tokens and versions: MS-
//! ASWBXML, section 2.1.2.1.21.

use crate::version::{FROM_12_0, FROM_12_1, FROM_14_0};

page! {
    20 "ItemOperations"
    ITEM_OPERATIONS = 0x05 "ItemOperations" FROM_12_0;
    FETCH = 0x06 "Fetch" FROM_12_0;
    STORE = 0x07 "Store" FROM_12_0;
    OPTIONS = 0x08 "Options" FROM_12_0;
    RANGE = 0x09 "Range" FROM_12_0;
    TOTAL = 0x0A "Total" FROM_12_0;
    PROPERTIES = 0x0B "Properties" FROM_12_0;
    DATA = 0x0C "Data" FROM_12_0;
    STATUS = 0x0D "Status" FROM_12_0;
    RESPONSE = 0x0E "Response" FROM_12_0;
    VERSION = 0x0F "Version" FROM_12_0;
    SCHEMA = 0x10 "Schema" FROM_12_0;
    PART = 0x11 "Part" FROM_12_0;
    EMPTY_FOLDER_CONTENTS = 0x12 "EmptyFolderContents" FROM_12_0;
    DELETE_SUB_FOLDERS = 0x13 "DeleteSubFolders" FROM_12_0;
    USER_NAME = 0x14 "UserName" FROM_12_1;
    PASSWORD = 0x15 "Password" FROM_12_1;
    MOVE = 0x16 "Move" FROM_14_0;
    DST_FLD_ID = 0x17 "DstFldId" FROM_14_0;
    CONVERSATION_ID = 0x18 "ConversationId" FROM_14_0;
    MOVE_ALWAYS = 0x19 "MoveAlways" FROM_14_0;
}
