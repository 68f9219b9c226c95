//! Code page 25, Find: the Find command (MS-ASCMD, section 2.2.1.2). Tokens and versions: MS-ASWBXML, section
//! 2.1.2.1.26.

use crate::version::ONLY_16_1;

page! {
    25 "Find"
    FIND = 0x05 "Find" ONLY_16_1;
    SEARCH_ID = 0x06 "SearchId" ONLY_16_1;
    EXECUTE_SEARCH = 0x07 "ExecuteSearch" ONLY_16_1;
    MAIL_BOX_SEARCH_CRITERION = 0x08 "MailBoxSearchCriterion" ONLY_16_1;
    QUERY = 0x09 "Query" ONLY_16_1;
    STATUS = 0x0A "Status" ONLY_16_1;
    FREE_TEXT = 0x0B "FreeText" ONLY_16_1;
    OPTIONS = 0x0C "Options" ONLY_16_1;
    RANGE = 0x0D "Range" ONLY_16_1;
    DEEP_TRAVERSAL = 0x0E "DeepTraversal" ONLY_16_1;
    RESPONSE = 0x11 "Response" ONLY_16_1;
    RESULT = 0x12 "Result" ONLY_16_1;
    PROPERTIES = 0x13 "Properties" ONLY_16_1;
    PREVIEW = 0x14 "Preview" ONLY_16_1;
    HAS_ATTACHMENTS = 0x15 "HasAttachments" ONLY_16_1;
    TOTAL = 0x16 "Total" ONLY_16_1;
    DISPLAY_CC = 0x17 "DisplayCc" ONLY_16_1;
    DISPLAY_BCC = 0x18 "DisplayBcc" ONLY_16_1;
    GAL_SEARCH_CRITERION = 0x19 "GalSearchCriterion" ONLY_16_1;
    MAX_PICTURES = 0x20 "MaxPictures" ONLY_16_1;
    MAX_SIZE = 0x21 "MaxSize" ONLY_16_1;
    PICTURE = 0x22 "Picture" ONLY_16_1;
}
