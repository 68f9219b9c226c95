//! Code page 14, Provision: the Provision command and its policies (MS-ASPROV). Tokens and versions: MS-ASWBXML,
//! section 2.1.2.1.15.
//!
//! Tags marked `UNLISTED` are known only to older revisions of it and to other implementations.

use crate::version::{ALL, FROM_12_0, FROM_12_1, ONLY_16_1, UNLISTED};

page! {
    14 "Provision"
    PROVISION = 0x05 "Provision" ALL;
    POLICIES = 0x06 "Policies" ALL;
    POLICY = 0x07 "Policy" ALL;
    POLICY_TYPE = 0x08 "PolicyType" ALL;
    POLICY_KEY = 0x09 "PolicyKey" ALL;
    DATA = 0x0A "Data" ALL;
    STATUS = 0x0B "Status" ALL;
    REMOTE_WIPE = 0x0C "RemoteWipe" ALL;
    EAS_PROVISION_DOC = 0x0D "EASProvisionDoc" FROM_12_0;
    DEVICE_PASSWORD_ENABLED = 0x0E "DevicePasswordEnabled" FROM_12_0;
    ALPHANUMERIC_DEVICE_PASSWORD_REQUIRED = 0x0F "AlphanumericDevicePasswordRequired" FROM_12_0;
    REQUIRE_STORAGE_CARD_ENCRYPTION = 0x10 "RequireStorageCardEncryption" FROM_12_1;
    PASSWORD_RECOVERY_ENABLED = 0x11 "PasswordRecoveryEnabled" FROM_12_0;
    DOCUMENT_BROWSE_ENABLED = 0x12 "DocumentBrowseEnabled" UNLISTED;
    ATTACHMENTS_ENABLED = 0x13 "AttachmentsEnabled" FROM_12_0;
    MIN_DEVICE_PASSWORD_LENGTH = 0x14 "MinDevicePasswordLength" FROM_12_0;
    MAX_INACTIVITY_TIME_DEVICE_LOCK = 0x15 "MaxInactivityTimeDeviceLock" FROM_12_0;
    MAX_DEVICE_PASSWORD_FAILED_ATTEMPTS = 0x16 "MaxDevicePasswordFailedAttempts" FROM_12_0;
    MAX_ATTACHMENT_SIZE = 0x17 "MaxAttachmentSize" FROM_12_0;
    ALLOW_SIMPLE_DEVICE_PASSWORD = 0x18 "AllowSimpleDevicePassword" FROM_12_0;
    DEVICE_PASSWORD_EXPIRATION = 0x19 "DevicePasswordExpiration" FROM_12_0;
    DEVICE_PASSWORD_HISTORY = 0x1A "DevicePasswordHistory" FROM_12_0;
    ALLOW_STORAGE_CARD = 0x1B "AllowStorageCard" FROM_12_1;
    ALLOW_CAMERA = 0x1C "AllowCamera" FROM_12_1;
    REQUIRE_DEVICE_ENCRYPTION = 0x1D "RequireDeviceEncryption" FROM_12_1;
    ALLOW_UNSIGNED_APPLICATIONS = 0x1E "AllowUnsignedApplications" FROM_12_1;
    ALLOW_UNSIGNED_INSTALLATION_PACKAGES = 0x1F "AllowUnsignedInstallationPackages" FROM_12_1;
    MIN_DEVICE_PASSWORD_COMPLEX_CHARACTERS = 0x20 "MinDevicePasswordComplexCharacters" FROM_12_1;
    ALLOW_WIFI = 0x21 "AllowWiFi" FROM_12_1;
    ALLOW_TEXT_MESSAGING = 0x22 "AllowTextMessaging" FROM_12_1;
    ALLOW_POP_IMAP_EMAIL = 0x23 "AllowPOPIMAPEmail" FROM_12_1;
    ALLOW_BLUETOOTH = 0x24 "AllowBluetooth" FROM_12_1;
    ALLOW_IRDA = 0x25 "AllowIrDA" FROM_12_1;
    REQUIRE_MANUAL_SYNC_WHEN_ROAMING = 0x26 "RequireManualSyncWhenRoaming" FROM_12_1;
    ALLOW_DESKTOP_SYNC = 0x27 "AllowDesktopSync" FROM_12_1;
    MAX_CALENDAR_AGE_FILTER = 0x28 "MaxCalendarAgeFilter" FROM_12_1;
    ALLOW_HTML_EMAIL = 0x29 "AllowHTMLEmail" FROM_12_1;
    MAX_EMAIL_AGE_FILTER = 0x2A "MaxEmailAgeFilter" FROM_12_1;
    MAX_EMAIL_BODY_TRUNCATION_SIZE = 0x2B "MaxEmailBodyTruncationSize" FROM_12_1;
    MAX_EMAIL_HTML_BODY_TRUNCATION_SIZE = 0x2C "MaxEmailHTMLBodyTruncationSize" FROM_12_1;
    REQUIRE_SIGNED_SMIME_MESSAGES = 0x2D "RequireSignedSMIMEMessages" FROM_12_1;
    REQUIRE_ENCRYPTED_SMIME_MESSAGES = 0x2E "RequireEncryptedSMIMEMessages" FROM_12_1;
    REQUIRE_SIGNED_SMIME_ALGORITHM = 0x2F "RequireSignedSMIMEAlgorithm" FROM_12_1;
    REQUIRE_ENCRYPTION_SMIME_ALGORITHM = 0x30 "RequireEncryptionSMIMEAlgorithm" FROM_12_1;
    ALLOW_SMIME_ENCRYPTION_ALGORITHM_NEGOTIATION = 0x31 "AllowSMIMEEncryptionAlgorithmNegotiation" FROM_12_1;
    ALLOW_SMIME_SOFT_CERTS = 0x32 "AllowSMIMESoftCerts" FROM_12_1;
    ALLOW_BROWSER = 0x33 "AllowBrowser" FROM_12_1;
    ALLOW_CONSUMER_EMAIL = 0x34 "AllowConsumerEmail" FROM_12_1;
    ALLOW_REMOTE_DESKTOP = 0x35 "AllowRemoteDesktop" FROM_12_1;
    ALLOW_INTERNET_SHARING = 0x36 "AllowInternetSharing" FROM_12_1;
    UNAPPROVED_IN_ROM_APPLICATION_LIST = 0x37 "UnapprovedInROMApplicationList" FROM_12_1;
    APPLICATION_NAME = 0x38 "ApplicationName" FROM_12_1;
    APPROVED_APPLICATION_LIST = 0x39 "ApprovedApplicationList" FROM_12_1;
    HASH = 0x3A "Hash" FROM_12_1;
    ACCOUNT_ONLY_REMOTE_WIPE = 0x3B "AccountOnlyRemoteWipe" ONLY_16_1;
}
