//! Code page 2, Email: mail and meeting requests (MS-ASEMAIL). Tokens and versions: MS-ASWBXML, section 2.1.2.1.3.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{ALL, FROM_12_0, FROM_14_0, ONLY_2_5, TO_14_1, UNLISTED};

page! {
    2 "Email"
    ATTACHMENT = 0x05 "Attachment" ONLY_2_5;
    ATTACHMENTS = 0x06 "Attachments" ONLY_2_5;
    ATT_NAME = 0x07 "AttName" ONLY_2_5;
    ATT_SIZE = 0x08 "AttSize" ONLY_2_5;
    ATT0ID = 0x09 "Att0id" ONLY_2_5;
    ATT_METHOD = 0x0A "AttMethod" ONLY_2_5;
    ATT_REMOVED = 0x0B "AttRemoved" UNLISTED;
    BODY = 0x0C "Body" ONLY_2_5;
    BODY_SIZE = 0x0D "BodySize" ONLY_2_5;
    BODY_TRUNCATED = 0x0E "BodyTruncated" ONLY_2_5;
    DATE_RECEIVED = 0x0F "DateReceived" ALL;
    DISPLAY_NAME = 0x10 "DisplayName" ONLY_2_5;
    DISPLAY_TO = 0x11 "DisplayTo" ALL;
    IMPORTANCE = 0x12 "Importance" ALL;
    MESSAGE_CLASS = 0x13 "MessageClass" ALL;
    SUBJECT = 0x14 "Subject" ALL;
    READ = 0x15 "Read" ALL;
    TO = 0x16 "To" ALL;
    CC = 0x17 "Cc" ALL;
    FROM = 0x18 "From" ALL;
    REPLY_TO = 0x19 "ReplyTo" ALL;
    ALL_DAY_EVENT = 0x1A "AllDayEvent" ALL;
    CATEGORIES = 0x1B "Categories" FROM_14_0;
    CATEGORY = 0x1C "Category" FROM_14_0;
    DT_STAMP = 0x1D "DtStamp" ALL;
    END_TIME = 0x1E "EndTime" ALL;
    INSTANCE_TYPE = 0x1F "InstanceType" ALL;
    BUSY_STATUS = 0x20 "BusyStatus" ALL;
    LOCATION = 0x21 "Location" TO_14_1;
    MEETING_REQUEST = 0x22 "MeetingRequest" ALL;
    ORGANIZER = 0x23 "Organizer" ALL;
    RECURRENCE_ID = 0x24 "RecurrenceId" ALL;
    REMINDER = 0x25 "Reminder" ALL;
    RESPONSE_REQUESTED = 0x26 "ResponseRequested" ALL;
    RECURRENCES = 0x27 "Recurrences" ALL;
    RECURRENCE = 0x28 "Recurrence" ALL;
    TYPE = 0x29 "Type" ALL;
    UNTIL = 0x2A "Until" ALL;
    OCCURRENCES = 0x2B "Occurrences" ALL;
    INTERVAL = 0x2C "Interval" ALL;
    DAY_OF_WEEK = 0x2D "DayOfWeek" ALL;
    DAY_OF_MONTH = 0x2E "DayOfMonth" ALL;
    WEEK_OF_MONTH = 0x2F "WeekOfMonth" ALL;
    MONTH_OF_YEAR = 0x30 "MonthOfYear" ALL;
    START_TIME = 0x31 "StartTime" ALL;
    SENSITIVITY = 0x32 "Sensitivity" ALL;
    TIME_ZONE = 0x33 "TimeZone" ALL;
    GLOBAL_OBJ_ID = 0x34 "GlobalObjId" TO_14_1;
    THREAD_TOPIC = 0x35 "ThreadTopic" ALL;
    MIME_DATA = 0x36 "MIMEData" ONLY_2_5;
    MIME_TRUNCATED = 0x37 "MIMETruncated" ONLY_2_5;
    MIME_SIZE = 0x38 "MIMESize" ONLY_2_5;
    INTERNET_CPID = 0x39 "InternetCPID" ALL;
    FLAG = 0x3A "Flag" FROM_12_0;
    STATUS = 0x3B "Status" FROM_12_0;
    CONTENT_CLASS = 0x3C "ContentClass" FROM_12_0;
    FLAG_TYPE = 0x3D "FlagType" FROM_12_0;
    COMPLETE_TIME = 0x3E "CompleteTime" FROM_12_0;
    DISALLOW_NEW_TIME_PROPOSAL = 0x3F "DisallowNewTimeProposal" FROM_14_0;
}
