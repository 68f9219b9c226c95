//! Code page 11, ValidateCert: the ValidateCert command (MS-ASCMD, section 2.2.1.22). Tokens and versions: MS-
//! ASWBXML, section 2.1.2.1.12.

use crate::version::ALL;

page! {
    11 "ValidateCert"
    VALIDATE_CERT = 0x05 "ValidateCert" ALL;
    CERTIFICATES = 0x06 "Certificates" ALL;
    CERTIFICATE = 0x07 "Certificate" ALL;
    CERTIFICATE_CHAIN = 0x08 "CertificateChain" ALL;
    CHECK_CRL = 0x09 "CheckCRL" ALL;
    STATUS = 0x0A "Status" ALL;
}
