//! Code page 23, Notes: notes (MS-ASNOTE). Tokens and versions: MS-ASWBXML, section 2.1.2.1.24.

use crate::version::FROM_14_0;

page! {
    23 "Notes"
    SUBJECT = 0x05 "Subject" FROM_14_0;
    MESSAGE_CLASS = 0x06 "MessageClass" FROM_14_0;
    LAST_MODIFIED_DATE = 0x07 "LastModifiedDate" FROM_14_0;
    CATEGORIES = 0x08 "Categories" FROM_14_0;
    CATEGORY = 0x09 "Category" FROM_14_0;
}
