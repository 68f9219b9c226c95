//! Code page 18, Settings: the Settings command (MS-ASCMD, section 2.2.1.18). Tokens and versions: MS-ASWBXML,
//! section 2.1.2.1.19.

use crate::version::{FROM_12_0, FROM_12_1, FROM_14_0, FROM_14_1};

page! {
    18 "Settings"
    SETTINGS = 0x05 "Settings" FROM_12_0;
    STATUS = 0x06 "Status" FROM_12_0;
    GET = 0x07 "Get" FROM_12_0;
    SET = 0x08 "Set" FROM_12_0;
    OOF = 0x09 "Oof" FROM_12_0;
    OOF_STATE = 0x0A "OofState" FROM_12_0;
    START_TIME = 0x0B "StartTime" FROM_12_0;
    END_TIME = 0x0C "EndTime" FROM_12_0;
    OOF_MESSAGE = 0x0D "OofMessage" FROM_12_0;
    APPLIES_TO_INTERNAL = 0x0E "AppliesToInternal" FROM_12_0;
    APPLIES_TO_EXTERNAL_KNOWN = 0x0F "AppliesToExternalKnown" FROM_12_0;
    APPLIES_TO_EXTERNAL_UNKNOWN = 0x10 "AppliesToExternalUnknown" FROM_12_0;
    ENABLED = 0x11 "Enabled" FROM_12_0;
    REPLY_MESSAGE = 0x12 "ReplyMessage" FROM_12_0;
    BODY_TYPE = 0x13 "BodyType" FROM_12_0;
    DEVICE_PASSWORD = 0x14 "DevicePassword" FROM_12_0;
    PASSWORD = 0x15 "Password" FROM_12_0;
    DEVICE_INFORMATION = 0x16 "DeviceInformation" FROM_12_0;
    MODEL = 0x17 "Model" FROM_12_0;
    IMEI = 0x18 "IMEI" FROM_12_0;
    FRIENDLY_NAME = 0x19 "FriendlyName" FROM_12_0;
    OS = 0x1A "OS" FROM_12_0;
    OS_LANGUAGE = 0x1B "OSLanguage" FROM_12_0;
    PHONE_NUMBER = 0x1C "PhoneNumber" FROM_12_0;
    USER_INFORMATION = 0x1D "UserInformation" FROM_12_0;
    EMAIL_ADDRESSES = 0x1E "EmailAddresses" FROM_12_0;
    SMTP_ADDRESS = 0x1F "SMTPAddress" FROM_12_0;
    USER_AGENT = 0x20 "UserAgent" FROM_12_1;
    ENABLE_OUTBOUND_SMS = 0x21 "EnableOutboundSMS" FROM_14_0;
    MOBILE_OPERATOR = 0x22 "MobileOperator" FROM_14_0;
    PRIMARY_SMTP_ADDRESS = 0x23 "PrimarySmtpAddress" FROM_14_1;
    ACCOUNTS = 0x24 "Accounts" FROM_14_1;
    ACCOUNT = 0x25 "Account" FROM_14_1;
    ACCOUNT_ID = 0x26 "AccountId" FROM_14_1;
    ACCOUNT_NAME = 0x27 "AccountName" FROM_14_1;
    USER_DISPLAY_NAME = 0x28 "UserDisplayName" FROM_14_1;
    SEND_DISABLED = 0x29 "SendDisabled" FROM_14_1;
    RIGHTS_MANAGEMENT_INFORMATION = 0x2B "RightsManagementInformation" FROM_14_1;
}
