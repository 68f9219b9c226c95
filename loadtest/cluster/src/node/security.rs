//! Who a container runs as, and what it may do.

use super::image::Image;
use anyhow::ensure;
use k8s_openapi::api::core::v1::{Container, PodSpec, SecurityContext};

/// What containers have that do not say otherwise.
const CAPABILITIES: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// What the security contexts come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Security {
    pub(super) user: u32,
    pub(super) group: u32,
    pub(super) groups: Vec<u32>,
    /// With the prefix `CAP_`.
    pub(super) capabilities: Vec<String>,
    pub(super) no_new_privileges: bool,
    pub(super) is_read_only: bool,
    /// Whether the runtime's filter of system calls applies.
    pub(super) is_filtered: bool,
}

impl Security {
    /// # Errors
    /// If it would run as root and may not.
    pub(super) fn of(spec: &PodSpec, container: &Container, image: &Image) -> anyhow::Result<Self> {
        let pod = spec.security_context.clone().unwrap_or_default();
        let own = container.security_context.clone().unwrap_or_default();
        let id = |value: i64| u32::try_from(value);
        let user = own.run_as_user.or(pod.run_as_user);
        let user = user.map_or(Ok(image.user), id)?;
        let group = own.run_as_group.or(pod.run_as_group);
        let group = group.map_or(Ok(image.user), id)?;
        let is_not_root = own.run_as_non_root.or(pod.run_as_non_root);
        ensure!(
            user != 0 || is_not_root != Some(true),
            "container has runAsNonRoot and image will run as root"
        );
        let groups = pod.fs_group.into_iter();
        let groups = groups.chain(pod.supplemental_groups.unwrap_or_default());
        let filter = own
            .seccomp_profile
            .as_ref()
            .or(pod.seccomp_profile.as_ref());
        Ok(Self {
            user,
            group,
            groups: groups.map(id).collect::<Result<_, _>>()?,
            capabilities: capabilities(&own),
            no_new_privileges: own.allow_privilege_escalation == Some(false),
            is_read_only: own.read_only_root_filesystem == Some(true),
            is_filtered: filter.is_some_and(|filter| filter.type_ == "RuntimeDefault"),
        })
    }
}

fn capabilities(context: &SecurityContext) -> Vec<String> {
    let change = context.capabilities.clone().unwrap_or_default();
    let dropped = change.drop.unwrap_or_default();
    let is_dropped = |name: &str| dropped.iter().any(|drop| drop == "ALL" || drop == name);
    let kept = CAPABILITIES.into_iter().filter(|name| !is_dropped(name));
    let kept = kept
        .map(str::to_owned)
        .chain(change.add.unwrap_or_default());
    kept.map(|name| format!("CAP_{name}")).collect()
}
