//! Code page 6, GetItemEstimate: the GetItemEstimate command (MS-ASCMD, section 2.2.1.9). Tokens and versions: MS-
//! ASWBXML, section 2.1.2.1.7.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{ALL, TO_12_1, UNLISTED};

page! {
    6 "GetItemEstimate"
    GET_ITEM_ESTIMATE = 0x05 "GetItemEstimate" ALL;
    VERSION = 0x06 "Version" UNLISTED;
    COLLECTIONS = 0x07 "Collections" ALL;
    COLLECTION = 0x08 "Collection" ALL;
    CLASS = 0x09 "Class" TO_12_1;
    COLLECTION_ID = 0x0A "CollectionId" ALL;
    DATE_TIME = 0x0B "DateTime" UNLISTED;
    ESTIMATE = 0x0C "Estimate" ALL;
    RESPONSE = 0x0D "Response" ALL;
    STATUS = 0x0E "Status" ALL;
}
