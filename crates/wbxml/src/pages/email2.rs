//! Code page 22, Email2: more of mail (MS-ASEMAIL). Tokens and versions: MS-ASWBXML, section 2.1.2.1.23.

use crate::version::{FROM_14_0, FROM_14_1, FROM_16_0};

page! {
    22 "Email2"
    UM_CALLER_ID = 0x05 "UmCallerID" FROM_14_0;
    UM_USER_NOTES = 0x06 "UmUserNotes" FROM_14_0;
    UM_ATT_DURATION = 0x07 "UmAttDuration" FROM_14_0;
    UM_ATT_ORDER = 0x08 "UmAttOrder" FROM_14_0;
    CONVERSATION_ID = 0x09 "ConversationId" FROM_14_0;
    CONVERSATION_INDEX = 0x0A "ConversationIndex" FROM_14_0;
    LAST_VERB_EXECUTED = 0x0B "LastVerbExecuted" FROM_14_0;
    LAST_VERB_EXECUTION_TIME = 0x0C "LastVerbExecutionTime" FROM_14_0;
    RECEIVED_AS_BCC = 0x0D "ReceivedAsBcc" FROM_14_0;
    SENDER = 0x0E "Sender" FROM_14_0;
    CALENDAR_TYPE = 0x0F "CalendarType" FROM_14_0;
    IS_LEAP_MONTH = 0x10 "IsLeapMonth" FROM_14_0;
    ACCOUNT_ID = 0x11 "AccountId" FROM_14_1;
    FIRST_DAY_OF_WEEK = 0x12 "FirstDayOfWeek" FROM_14_1;
    MEETING_MESSAGE_TYPE = 0x13 "MeetingMessageType" FROM_14_1;
    IS_DRAFT = 0x15 "IsDraft" FROM_16_0;
    BCC = 0x16 "Bcc" FROM_16_0;
    SEND = 0x17 "Send" FROM_16_0;
}
