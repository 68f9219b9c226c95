//! Code page 17, AirSyncBase: bodies, attachments and places, which all classes share (MS-ASAIRS). Tokens and
//! versions: MS-ASWBXML, section 2.1.2.1.18.

use crate::version::{FROM_12_0, FROM_14_0, FROM_14_1, FROM_16_0};

page! {
    17 "AirSyncBase"
    BODY_PREFERENCE = 0x05 "BodyPreference" FROM_12_0;
    TYPE = 0x06 "Type" FROM_12_0;
    TRUNCATION_SIZE = 0x07 "TruncationSize" FROM_12_0;
    ALL_OR_NONE = 0x08 "AllOrNone" FROM_12_0;
    BODY = 0x0A "Body" FROM_12_0;
    DATA = 0x0B "Data" FROM_12_0;
    ESTIMATED_DATA_SIZE = 0x0C "EstimatedDataSize" FROM_12_0;
    TRUNCATED = 0x0D "Truncated" FROM_12_0;
    ATTACHMENTS = 0x0E "Attachments" FROM_12_0;
    ATTACHMENT = 0x0F "Attachment" FROM_12_0;
    DISPLAY_NAME = 0x10 "DisplayName" FROM_12_0;
    FILE_REFERENCE = 0x11 "FileReference" FROM_12_0;
    METHOD = 0x12 "Method" FROM_12_0;
    CONTENT_ID = 0x13 "ContentId" FROM_12_0;
    CONTENT_LOCATION = 0x14 "ContentLocation" FROM_12_0;
    IS_INLINE = 0x15 "IsInline" FROM_12_0;
    NATIVE_BODY_TYPE = 0x16 "NativeBodyType" FROM_12_0;
    CONTENT_TYPE = 0x17 "ContentType" FROM_12_0;
    PREVIEW = 0x18 "Preview" FROM_14_0;
    BODY_PART_PREFERENCE = 0x19 "BodyPartPreference" FROM_14_1;
    BODY_PART = 0x1A "BodyPart" FROM_14_1;
    STATUS = 0x1B "Status" FROM_14_1;
    ADD = 0x1C "Add" FROM_16_0;
    DELETE = 0x1D "Delete" FROM_16_0;
    CLIENT_ID = 0x1E "ClientId" FROM_16_0;
    CONTENT = 0x1F "Content" FROM_16_0;
    LOCATION = 0x20 "Location" FROM_16_0;
    ANNOTATION = 0x21 "Annotation" FROM_16_0;
    STREET = 0x22 "Street" FROM_16_0;
    CITY = 0x23 "City" FROM_16_0;
    STATE = 0x24 "State" FROM_16_0;
    COUNTRY = 0x25 "Country" FROM_16_0;
    POSTAL_CODE = 0x26 "PostalCode" FROM_16_0;
    LATITUDE = 0x27 "Latitude" FROM_16_0;
    LONGITUDE = 0x28 "Longitude" FROM_16_0;
    ACCURACY = 0x29 "Accuracy" FROM_16_0;
    ALTITUDE = 0x2A "Altitude" FROM_16_0;
    ALTITUDE_ACCURACY = 0x2B "AltitudeAccuracy" FROM_16_0;
    LOCATION_URI = 0x2C "LocationUri" FROM_16_0;
    INSTANCE_ID = 0x2D "InstanceId" FROM_16_0;
}
