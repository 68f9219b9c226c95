//! Code page 21, ComposeMail: the SendMail, SmartForward and SmartReply commands (MS-ASCMD, sections 2.2.1.17,
//! 2.2.1.19 and 2.2.1.20). Tokens and versions: MS-ASWBXML, section 2.1.2.1.22.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{FROM_14_0, FROM_14_1, FROM_16_0, UNLISTED};

page! {
    21 "ComposeMail"
    SEND_MAIL = 0x05 "SendMail" FROM_14_0;
    SMART_FORWARD = 0x06 "SmartForward" FROM_14_0;
    SMART_REPLY = 0x07 "SmartReply" FROM_14_0;
    SAVE_IN_SENT_ITEMS = 0x08 "SaveInSentItems" FROM_14_0;
    REPLACE_MIME = 0x09 "ReplaceMime" FROM_14_0;
    TYPE = 0x0A "Type" UNLISTED;
    SOURCE = 0x0B "Source" FROM_14_0;
    FOLDER_ID = 0x0C "FolderId" FROM_14_0;
    ITEM_ID = 0x0D "ItemId" FROM_14_0;
    LONG_ID = 0x0E "LongId" FROM_14_0;
    INSTANCE_ID = 0x0F "InstanceId" FROM_14_0;
    MIME = 0x10 "Mime" FROM_14_0;
    CLIENT_ID = 0x11 "ClientId" FROM_14_0;
    STATUS = 0x12 "Status" FROM_14_0;
    ACCOUNT_ID = 0x13 "AccountId" FROM_14_1;
    FORWARDEES = 0x15 "Forwardees" FROM_16_0;
    FORWARDEE = 0x16 "Forwardee" FROM_16_0;
    NAME = 0x17 "Name" FROM_16_0;
    EMAIL = 0x18 "Email" FROM_16_0;
}
