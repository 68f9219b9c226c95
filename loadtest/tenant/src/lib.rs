//! A tenant as load and fault tests have it: [`Tenant`] registers mailboxes and devices through control's services, as an operator does, and
//! [`Devices`] are the project's own client, many of them, in this process.

mod devices;
mod tenant;

pub use devices::{Devices, Place, new_mail};
pub use tenant::{Key, Tenant, Through, Upstream};
