//! The statuses that all commands share (MS-ASCMD, section 2.2.2).

use pushmail_wbxml::ProtocolVersion;

pub(super) const INVALID_WBXML: u16 = 102;
pub(super) const INVALID_XML: u16 = 103;
pub(super) const DEVICE_ID: u16 = 108;
pub(super) const DEVICE_TYPE: u16 = 109;
pub(super) const COMMAND_NOT_SUPPORTED: u16 = 137;
pub(super) const VERSION_NOT_SUPPORTED: u16 = 138;
pub(super) const NOT_FULLY_PROVISIONABLE: u16 = 139;
pub(super) const WIPE: u16 = 140;
pub(super) const NO_POLICY_KEY: u16 = 141;
pub(super) const NOT_PROVISIONED: u16 = 142;
pub(super) const INVALID_POLICY_KEY: u16 = 144;
pub(super) const EXTERNALLY_MANAGED: u16 = 145;
pub(super) const DEVICE_INFORMATION: u16 = 165;

/// What HTTP says instead before 14.0, which has none of them; nothing if the status is a command's own or the version
/// has them.
pub(super) fn http(status: u16, version: ProtocolVersion) -> Option<u16> {
    if status <= 100 || version >= ProtocolVersion::V14_0 {
        return None;
    }
    Some(match status {
        101..=109 => 400,
        111 | 114 => 503,
        113 | 115 => 507,
        124 => 401,
        112 | 123 | 125..=136 | 139 | 141 | 145 | 177 => 403,
        COMMAND_NOT_SUPPORTED => 501,
        VERSION_NOT_SUPPORTED => 505,
        WIPE | NOT_PROVISIONED..=INVALID_POLICY_KEY => 449,
        _ => 500,
    })
}
