//! Code page 3, AirNotify: notifications by text message. MS-ASWBXML, section 2.1.2.1.4, only says that it is no
//! longer in use; the tags are those of its first revision, for whoever meets one.

use crate::version::UNLISTED;

page! {
    3 "AirNotify"
    NOTIFY = 0x05 "Notify" UNLISTED;
    NOTIFICATION = 0x06 "Notification" UNLISTED;
    VERSION = 0x07 "Version" UNLISTED;
    LIFE_TIME = 0x08 "LifeTime" UNLISTED;
    DEVICE_INFO = 0x09 "DeviceInfo" UNLISTED;
    ENABLE = 0x0A "Enable" UNLISTED;
    FOLDER = 0x0B "Folder" UNLISTED;
    SERVER_ID = 0x0C "ServerId" UNLISTED;
    DEVICE_ADDRESS = 0x0D "DeviceAddress" UNLISTED;
    VALID_CARRIER_PROFILES = 0x0E "ValidCarrierProfiles" UNLISTED;
    CARRIER_PROFILE = 0x0F "CarrierProfile" UNLISTED;
    STATUS = 0x10 "Status" UNLISTED;
    RESPONSES = 0x11 "Responses" UNLISTED;
    DEVICES = 0x12 "Devices" UNLISTED;
    DEVICE = 0x13 "Device" UNLISTED;
    ID = 0x14 "Id" UNLISTED;
    EXPIRY = 0x15 "Expiry" UNLISTED;
    NOTIFY_GUID = 0x16 "NotifyGUID" UNLISTED;
    DEVICE_FRIENDLY_NAME = 0x17 "DeviceFriendlyName" UNLISTED;
}
