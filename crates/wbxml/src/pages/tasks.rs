//! Code page 9, Tasks: tasks (MS-ASTASK). Tokens and versions: MS-ASWBXML, section 2.1.2.1.10.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{ALL, FROM_12_0, FROM_14_0, FROM_14_1, ONLY_2_5, UNLISTED};

page! {
    9 "Tasks"
    BODY = 0x05 "Body" ONLY_2_5;
    BODY_SIZE = 0x06 "BodySize" ONLY_2_5;
    BODY_TRUNCATED = 0x07 "BodyTruncated" ONLY_2_5;
    CATEGORIES = 0x08 "Categories" ALL;
    CATEGORY = 0x09 "Category" ALL;
    COMPLETE = 0x0A "Complete" ALL;
    DATE_COMPLETED = 0x0B "DateCompleted" ALL;
    DUE_DATE = 0x0C "DueDate" ALL;
    UTC_DUE_DATE = 0x0D "UtcDueDate" ALL;
    IMPORTANCE = 0x0E "Importance" ALL;
    RECURRENCE = 0x0F "Recurrence" ALL;
    TYPE = 0x10 "Type" ALL;
    START = 0x11 "Start" ALL;
    UNTIL = 0x12 "Until" ALL;
    OCCURRENCES = 0x13 "Occurrences" ALL;
    INTERVAL = 0x14 "Interval" ALL;
    DAY_OF_MONTH = 0x15 "DayOfMonth" ALL;
    DAY_OF_WEEK = 0x16 "DayOfWeek" ALL;
    WEEK_OF_MONTH = 0x17 "WeekOfMonth" ALL;
    MONTH_OF_YEAR = 0x18 "MonthOfYear" ALL;
    REGENERATE = 0x19 "Regenerate" ALL;
    DEAD_OCCUR = 0x1A "DeadOccur" ALL;
    REMINDER_SET = 0x1B "ReminderSet" ALL;
    REMINDER_TIME = 0x1C "ReminderTime" ALL;
    SENSITIVITY = 0x1D "Sensitivity" ALL;
    START_DATE = 0x1E "StartDate" ALL;
    UTC_START_DATE = 0x1F "UtcStartDate" ALL;
    SUBJECT = 0x20 "Subject" ALL;
    COMPRESSED_RTF = 0x21 "CompressedRTF" UNLISTED;
    ORDINAL_DATE = 0x22 "OrdinalDate" FROM_12_0;
    SUB_ORDINAL_DATE = 0x23 "SubOrdinalDate" FROM_12_0;
    CALENDAR_TYPE = 0x24 "CalendarType" FROM_14_0;
    IS_LEAP_MONTH = 0x25 "IsLeapMonth" FROM_14_0;
    FIRST_DAY_OF_WEEK = 0x26 "FirstDayOfWeek" FROM_14_1;
}
