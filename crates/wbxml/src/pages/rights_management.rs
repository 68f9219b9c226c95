//! Code page 24, RightsManagement: rights management (MS-ASRM). Tokens and versions: MS-ASWBXML, section
//! 2.1.2.1.25.

use crate::version::FROM_14_1;

page! {
    24 "RightsManagement"
    RIGHTS_MANAGEMENT_SUPPORT = 0x05 "RightsManagementSupport" FROM_14_1;
    RIGHTS_MANAGEMENT_TEMPLATES = 0x06 "RightsManagementTemplates" FROM_14_1;
    RIGHTS_MANAGEMENT_TEMPLATE = 0x07 "RightsManagementTemplate" FROM_14_1;
    RIGHTS_MANAGEMENT_LICENSE = 0x08 "RightsManagementLicense" FROM_14_1;
    EDIT_ALLOWED = 0x09 "EditAllowed" FROM_14_1;
    REPLY_ALLOWED = 0x0A "ReplyAllowed" FROM_14_1;
    REPLY_ALL_ALLOWED = 0x0B "ReplyAllAllowed" FROM_14_1;
    FORWARD_ALLOWED = 0x0C "ForwardAllowed" FROM_14_1;
    MODIFY_RECIPIENTS_ALLOWED = 0x0D "ModifyRecipientsAllowed" FROM_14_1;
    EXTRACT_ALLOWED = 0x0E "ExtractAllowed" FROM_14_1;
    PRINT_ALLOWED = 0x0F "PrintAllowed" FROM_14_1;
    EXPORT_ALLOWED = 0x10 "ExportAllowed" FROM_14_1;
    PROGRAMMATIC_ACCESS_ALLOWED = 0x11 "ProgrammaticAccessAllowed" FROM_14_1;
    OWNER = 0x12 "Owner" FROM_14_1;
    CONTENT_EXPIRY_DATE = 0x13 "ContentExpiryDate" FROM_14_1;
    TEMPLATE_ID = 0x14 "TemplateID" FROM_14_1;
    TEMPLATE_NAME = 0x15 "TemplateName" FROM_14_1;
    TEMPLATE_DESCRIPTION = 0x16 "TemplateDescription" FROM_14_1;
    CONTENT_OWNER = 0x17 "ContentOwner" FROM_14_1;
    REMOVE_RIGHTS_MANAGEMENT_PROTECTION = 0x18 "RemoveRightsManagementProtection" FROM_14_1;
}
