//! Code page 10, ResolveRecipients: the ResolveRecipients command (MS-ASCMD, section 2.2.1.15). Tokens and
//! versions: MS-ASWBXML, section 2.1.2.1.11.

use crate::version::{ALL, FROM_14_0, FROM_14_1};

page! {
    10 "ResolveRecipients"
    RESOLVE_RECIPIENTS = 0x05 "ResolveRecipients" ALL;
    RESPONSE = 0x06 "Response" ALL;
    STATUS = 0x07 "Status" ALL;
    TYPE = 0x08 "Type" ALL;
    RECIPIENT = 0x09 "Recipient" ALL;
    DISPLAY_NAME = 0x0A "DisplayName" ALL;
    EMAIL_ADDRESS = 0x0B "EmailAddress" ALL;
    CERTIFICATES = 0x0C "Certificates" ALL;
    CERTIFICATE = 0x0D "Certificate" ALL;
    MINI_CERTIFICATE = 0x0E "MiniCertificate" ALL;
    OPTIONS = 0x0F "Options" ALL;
    TO = 0x10 "To" ALL;
    CERTIFICATE_RETRIEVAL = 0x11 "CertificateRetrieval" ALL;
    RECIPIENT_COUNT = 0x12 "RecipientCount" ALL;
    MAX_CERTIFICATES = 0x13 "MaxCertificates" ALL;
    MAX_AMBIGUOUS_RECIPIENTS = 0x14 "MaxAmbiguousRecipients" ALL;
    CERTIFICATE_COUNT = 0x15 "CertificateCount" ALL;
    AVAILABILITY = 0x16 "Availability" FROM_14_0;
    START_TIME = 0x17 "StartTime" FROM_14_0;
    END_TIME = 0x18 "EndTime" FROM_14_0;
    MERGED_FREE_BUSY = 0x19 "MergedFreeBusy" FROM_14_0;
    PICTURE = 0x1A "Picture" FROM_14_1;
    MAX_SIZE = 0x1B "MaxSize" FROM_14_1;
    DATA = 0x1C "Data" FROM_14_1;
    MAX_PICTURES = 0x1D "MaxPictures" FROM_14_1;
}
