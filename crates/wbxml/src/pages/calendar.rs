//! Code page 4, Calendar: calendar items (MS-ASCAL). Tokens and versions: MS-ASWBXML, section 2.1.2.1.5.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{
    ALL, FROM_12_0, FROM_14_0, FROM_14_1, FROM_16_0, ONLY_2_5, TO_14_1, UNLISTED,
};

page! {
    4 "Calendar"
    TIMEZONE = 0x05 "Timezone" ALL;
    ALL_DAY_EVENT = 0x06 "AllDayEvent" ALL;
    ATTENDEES = 0x07 "Attendees" ALL;
    ATTENDEE = 0x08 "Attendee" ALL;
    EMAIL = 0x09 "Email" ALL;
    NAME = 0x0A "Name" ALL;
    BODY = 0x0B "Body" ONLY_2_5;
    BODY_TRUNCATED = 0x0C "BodyTruncated" ONLY_2_5;
    BUSY_STATUS = 0x0D "BusyStatus" ALL;
    CATEGORIES = 0x0E "Categories" ALL;
    CATEGORY = 0x0F "Category" ALL;
    COMPRESSED_RTF = 0x10 "Compressed_RTF" UNLISTED;
    DT_STAMP = 0x11 "DtStamp" ALL;
    END_TIME = 0x12 "EndTime" ALL;
    EXCEPTION = 0x13 "Exception" ALL;
    EXCEPTIONS = 0x14 "Exceptions" ALL;
    DELETED = 0x15 "Deleted" ALL;
    EXCEPTION_START_TIME = 0x16 "ExceptionStartTime" TO_14_1;
    LOCATION = 0x17 "Location" TO_14_1;
    MEETING_STATUS = 0x18 "MeetingStatus" ALL;
    ORGANIZER_EMAIL = 0x19 "OrganizerEmail" ALL;
    ORGANIZER_NAME = 0x1A "OrganizerName" ALL;
    RECURRENCE = 0x1B "Recurrence" ALL;
    TYPE = 0x1C "Type" ALL;
    UNTIL = 0x1D "Until" ALL;
    OCCURRENCES = 0x1E "Occurrences" ALL;
    INTERVAL = 0x1F "Interval" ALL;
    DAY_OF_WEEK = 0x20 "DayOfWeek" ALL;
    DAY_OF_MONTH = 0x21 "DayOfMonth" ALL;
    WEEK_OF_MONTH = 0x22 "WeekOfMonth" ALL;
    MONTH_OF_YEAR = 0x23 "MonthOfYear" ALL;
    REMINDER = 0x24 "Reminder" ALL;
    SENSITIVITY = 0x25 "Sensitivity" ALL;
    SUBJECT = 0x26 "Subject" ALL;
    START_TIME = 0x27 "StartTime" ALL;
    UID = 0x28 "UID" ALL;
    ATTENDEE_STATUS = 0x29 "AttendeeStatus" FROM_12_0;
    ATTENDEE_TYPE = 0x2A "AttendeeType" FROM_12_0;
    ATTACHMENT = 0x2B "Attachment" UNLISTED;
    ATTACHMENTS = 0x2C "Attachments" UNLISTED;
    ATT_NAME = 0x2D "AttName" UNLISTED;
    ATT_SIZE = 0x2E "AttSize" UNLISTED;
    ATT_OID = 0x2F "AttOid" UNLISTED;
    ATT_METHOD = 0x30 "AttMethod" UNLISTED;
    ATT_REMOVED = 0x31 "AttRemoved" UNLISTED;
    DISPLAY_NAME = 0x32 "DisplayName" UNLISTED;
    DISALLOW_NEW_TIME_PROPOSAL = 0x33 "DisallowNewTimeProposal" FROM_14_0;
    RESPONSE_REQUESTED = 0x34 "ResponseRequested" FROM_14_0;
    APPOINTMENT_REPLY_TIME = 0x35 "AppointmentReplyTime" FROM_14_0;
    RESPONSE_TYPE = 0x36 "ResponseType" FROM_14_0;
    CALENDAR_TYPE = 0x37 "CalendarType" FROM_14_0;
    IS_LEAP_MONTH = 0x38 "IsLeapMonth" FROM_14_0;
    FIRST_DAY_OF_WEEK = 0x39 "FirstDayOfWeek" FROM_14_1;
    ONLINE_MEETING_CONF_LINK = 0x3A "OnlineMeetingConfLink" FROM_14_1;
    ONLINE_MEETING_EXTERNAL_LINK = 0x3B "OnlineMeetingExternalLink" FROM_14_1;
    CLIENT_UID = 0x3C "ClientUid" FROM_16_0;
}
