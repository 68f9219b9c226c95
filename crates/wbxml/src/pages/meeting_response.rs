//! Code page 8, MeetingResponse: the MeetingResponse command (MS-ASCMD, section 2.2.1.11). Tokens and versions: MS-
//! ASWBXML, section 2.1.2.1.9.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{ALL, FROM_14_1, FROM_16_0, ONLY_16_1, UNLISTED};

page! {
    8 "MeetingResponse"
    CALENDAR_ID = 0x05 "CalendarId" ALL;
    COLLECTION_ID = 0x06 "CollectionId" ALL;
    MEETING_RESPONSE = 0x07 "MeetingResponse" ALL;
    REQUEST_ID = 0x08 "RequestId" ALL;
    REQUEST = 0x09 "Request" ALL;
    RESULT = 0x0A "Result" ALL;
    STATUS = 0x0B "Status" ALL;
    USER_RESPONSE = 0x0C "UserResponse" ALL;
    VERSION = 0x0D "Version" UNLISTED;
    INSTANCE_ID = 0x0E "InstanceId" FROM_14_1;
    PROPOSED_START_TIME = 0x10 "ProposedStartTime" ONLY_16_1;
    PROPOSED_END_TIME = 0x11 "ProposedEndTime" ONLY_16_1;
    SEND_RESPONSE = 0x12 "SendResponse" FROM_16_0;
}
