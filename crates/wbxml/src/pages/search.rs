//! Code page 15, Search: the Search command (MS-ASCMD, section 2.2.1.16). Tokens and versions: MS-ASWBXML, section
//! 2.1.2.1.16.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{ALL, FROM_12_0, FROM_12_1, FROM_14_0, FROM_14_1, UNLISTED};

page! {
    15 "Search"
    SEARCH = 0x05 "Search" ALL;
    STORE = 0x07 "Store" ALL;
    NAME = 0x08 "Name" ALL;
    QUERY = 0x09 "Query" ALL;
    OPTIONS = 0x0A "Options" ALL;
    RANGE = 0x0B "Range" ALL;
    STATUS = 0x0C "Status" ALL;
    RESPONSE = 0x0D "Response" ALL;
    RESULT = 0x0E "Result" ALL;
    PROPERTIES = 0x0F "Properties" ALL;
    TOTAL = 0x10 "Total" ALL;
    EQUAL_TO = 0x11 "EqualTo" FROM_12_0;
    VALUE = 0x12 "Value" FROM_12_0;
    AND = 0x13 "And" FROM_12_0;
    OR = 0x14 "Or" FROM_12_0;
    FREE_TEXT = 0x15 "FreeText" FROM_12_0;
    DEEP_TRAVERSAL = 0x17 "DeepTraversal" FROM_12_0;
    LONG_ID = 0x18 "LongId" FROM_12_0;
    REBUILD_RESULTS = 0x19 "RebuildResults" FROM_12_0;
    LESS_THAN = 0x1A "LessThan" FROM_12_0;
    GREATER_THAN = 0x1B "GreaterThan" FROM_12_0;
    SCHEMA = 0x1C "Schema" UNLISTED;
    SUPPORTED = 0x1D "Supported" UNLISTED;
    USER_NAME = 0x1E "UserName" FROM_12_1;
    PASSWORD = 0x1F "Password" FROM_12_1;
    CONVERSATION_ID = 0x20 "ConversationId" FROM_14_0;
    PICTURE = 0x21 "Picture" FROM_14_1;
    MAX_SIZE = 0x22 "MaxSize" FROM_14_1;
    MAX_PICTURES = 0x23 "MaxPictures" FROM_14_1;
}
