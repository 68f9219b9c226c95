//! Code page 12, Contacts2: more of contacts (MS-ASCNTC). Tokens and versions: MS-ASWBXML, section 2.1.2.1.13.

use crate::version::ALL;

page! {
    12 "Contacts2"
    CUSTOMER_ID = 0x05 "CustomerId" ALL;
    GOVERNMENT_ID = 0x06 "GovernmentId" ALL;
    IM_ADDRESS = 0x07 "IMAddress" ALL;
    IM_ADDRESS2 = 0x08 "IMAddress2" ALL;
    IM_ADDRESS3 = 0x09 "IMAddress3" ALL;
    MANAGER_NAME = 0x0A "ManagerName" ALL;
    COMPANY_MAIN_PHONE = 0x0B "CompanyMainPhone" ALL;
    ACCOUNT_NAME = 0x0C "AccountName" ALL;
    NICK_NAME = 0x0D "NickName" ALL;
    MMS = 0x0E "MMS" ALL;
}
