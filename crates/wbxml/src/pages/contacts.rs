//! Code page 1, Contacts: contacts (MS-ASCNTC). Tokens and versions: MS-ASWBXML, section 2.1.2.1.2.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{ALL, FROM_14_0, ONLY_2_5, UNLISTED};

page! {
    1 "Contacts"
    ANNIVERSARY = 0x05 "Anniversary" ALL;
    ASSISTANT_NAME = 0x06 "AssistantName" ALL;
    ASSISTANT_PHONE_NUMBER = 0x07 "AssistantPhoneNumber" ALL;
    BIRTHDAY = 0x08 "Birthday" ALL;
    BODY = 0x09 "Body" ONLY_2_5;
    BODY_SIZE = 0x0A "BodySize" ONLY_2_5;
    BODY_TRUNCATED = 0x0B "BodyTruncated" ONLY_2_5;
    BUSINESS2_PHONE_NUMBER = 0x0C "Business2PhoneNumber" ALL;
    BUSINESS_ADDRESS_CITY = 0x0D "BusinessAddressCity" ALL;
    BUSINESS_ADDRESS_COUNTRY = 0x0E "BusinessAddressCountry" ALL;
    BUSINESS_ADDRESS_POSTAL_CODE = 0x0F "BusinessAddressPostalCode" ALL;
    BUSINESS_ADDRESS_STATE = 0x10 "BusinessAddressState" ALL;
    BUSINESS_ADDRESS_STREET = 0x11 "BusinessAddressStreet" ALL;
    BUSINESS_FAX_NUMBER = 0x12 "BusinessFaxNumber" ALL;
    BUSINESS_PHONE_NUMBER = 0x13 "BusinessPhoneNumber" ALL;
    CAR_PHONE_NUMBER = 0x14 "CarPhoneNumber" ALL;
    CATEGORIES = 0x15 "Categories" ALL;
    CATEGORY = 0x16 "Category" ALL;
    CHILDREN = 0x17 "Children" ALL;
    CHILD = 0x18 "Child" ALL;
    COMPANY_NAME = 0x19 "CompanyName" ALL;
    DEPARTMENT = 0x1A "Department" ALL;
    EMAIL1_ADDRESS = 0x1B "Email1Address" ALL;
    EMAIL2_ADDRESS = 0x1C "Email2Address" ALL;
    EMAIL3_ADDRESS = 0x1D "Email3Address" ALL;
    FILE_AS = 0x1E "FileAs" ALL;
    FIRST_NAME = 0x1F "FirstName" ALL;
    HOME2_PHONE_NUMBER = 0x20 "Home2PhoneNumber" ALL;
    HOME_ADDRESS_CITY = 0x21 "HomeAddressCity" ALL;
    HOME_ADDRESS_COUNTRY = 0x22 "HomeAddressCountry" ALL;
    HOME_ADDRESS_POSTAL_CODE = 0x23 "HomeAddressPostalCode" ALL;
    HOME_ADDRESS_STATE = 0x24 "HomeAddressState" ALL;
    HOME_ADDRESS_STREET = 0x25 "HomeAddressStreet" ALL;
    HOME_FAX_NUMBER = 0x26 "HomeFaxNumber" ALL;
    HOME_PHONE_NUMBER = 0x27 "HomePhoneNumber" ALL;
    JOB_TITLE = 0x28 "JobTitle" ALL;
    LAST_NAME = 0x29 "LastName" ALL;
    MIDDLE_NAME = 0x2A "MiddleName" ALL;
    MOBILE_PHONE_NUMBER = 0x2B "MobilePhoneNumber" ALL;
    OFFICE_LOCATION = 0x2C "OfficeLocation" ALL;
    OTHER_ADDRESS_CITY = 0x2D "OtherAddressCity" ALL;
    OTHER_ADDRESS_COUNTRY = 0x2E "OtherAddressCountry" ALL;
    OTHER_ADDRESS_POSTAL_CODE = 0x2F "OtherAddressPostalCode" ALL;
    OTHER_ADDRESS_STATE = 0x30 "OtherAddressState" ALL;
    OTHER_ADDRESS_STREET = 0x31 "OtherAddressStreet" ALL;
    PAGER_NUMBER = 0x32 "PagerNumber" ALL;
    RADIO_PHONE_NUMBER = 0x33 "RadioPhoneNumber" ALL;
    SPOUSE = 0x34 "Spouse" ALL;
    SUFFIX = 0x35 "Suffix" ALL;
    TITLE = 0x36 "Title" ALL;
    WEB_PAGE = 0x37 "WebPage" ALL;
    YOMI_COMPANY_NAME = 0x38 "YomiCompanyName" ALL;
    YOMI_FIRST_NAME = 0x39 "YomiFirstName" ALL;
    YOMI_LAST_NAME = 0x3A "YomiLastName" ALL;
    COMPRESSED_RTF = 0x3B "CompressedRTF" UNLISTED;
    PICTURE = 0x3C "Picture" ALL;
    ALIAS = 0x3D "Alias" FROM_14_0;
    WEIGHTED_RANK = 0x3E "WeightedRank" FROM_14_0;
}
