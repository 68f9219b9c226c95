//! Code page 16, GAL: entries of the global address list (MS-ASCMD, section 2.2.1.16). Tokens and versions: MS-
//! ASWBXML, section 2.1.2.1.17.

use crate::version::{ALL, FROM_14_1};

page! {
    16 "GAL"
    DISPLAY_NAME = 0x05 "DisplayName" ALL;
    PHONE = 0x06 "Phone" ALL;
    OFFICE = 0x07 "Office" ALL;
    TITLE = 0x08 "Title" ALL;
    COMPANY = 0x09 "Company" ALL;
    ALIAS = 0x0A "Alias" ALL;
    FIRST_NAME = 0x0B "FirstName" ALL;
    LAST_NAME = 0x0C "LastName" ALL;
    HOME_PHONE = 0x0D "HomePhone" ALL;
    MOBILE_PHONE = 0x0E "MobilePhone" ALL;
    EMAIL_ADDRESS = 0x0F "EmailAddress" ALL;
    PICTURE = 0x10 "Picture" FROM_14_1;
    STATUS = 0x11 "Status" FROM_14_1;
    DATA = 0x12 "Data" FROM_14_1;
}
