//! What the OCI runtime is told about a container: its root folder and `config.json`.

use super::environment::{Environment, expand, name};
use super::image::Image;
use super::security::Security;
use crate::outside::GROUP;
use crate::shell;
use anyhow::Context as _;
use k8s_openapi::api::core::v1::{Container, Pod};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a bundle is made of.
pub(super) struct Parts<'a> {
    pub(super) pod: &'a Pod,
    pub(super) container: &'a Container,
    pub(super) image: &'a Image,
    pub(super) security: &'a Security,
    pub(super) environment: &'a Environment,
    /// The pod's volumes by their names.
    pub(super) volumes: &'a BTreeMap<String, PathBuf>,
    /// Becomes `/etc/hosts`.
    pub(super) hosts: &'a Path,
    /// The network namespace.
    pub(super) network: String,
    pub(super) seccomp: &'a Value,
    pub(super) id: &'a str,
}

/// Writes a bundle; its root folder is the image's under one of its own.
pub(super) async fn write(parts: &Parts<'_>, bundle: &Path) -> anyhow::Result<()> {
    for folder in ["upper", "work", "rootfs"] {
        fs::create_dir_all(bundle.join(folder))?;
    }
    let (root, at) = (parts.image.root.display(), bundle.display());
    let options = format!("lowerdir={root},upperdir={at}/upper,workdir={at}/work");
    shell::line(&format!(
        "mount -t overlay overlay -o {options} {at}/rootfs"
    ))
    .await?;
    let config = config(parts)?;
    fs::write(
        bundle.join("config.json"),
        serde_json::to_vec_pretty(&config)?,
    )?;
    Ok(())
}

/// Removes a bundle.
pub(super) async fn remove(bundle: &Path) -> anyhow::Result<()> {
    shell::line(&format!("umount {}/rootfs", bundle.display())).await?;
    Ok(fs::remove_dir_all(bundle)?)
}

fn config(parts: &Parts<'_>) -> anyhow::Result<Value> {
    let security = parts.security;
    let has = match security.user {
        0 => security.capabilities.as_slice(),
        // Another user than root gets none of what it is allowed to have.
        _ => &[],
    };
    let environment = parts.environment.iter();
    let environment: Vec<String> = environment
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let folder = parts.container.working_dir.as_deref().unwrap_or("/");
    let mut config = json!({
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": security.user, "gid": security.group, "additionalGids": security.groups},
            "args": words(parts),
            "env": environment,
            "cwd": folder,
            "noNewPrivileges": security.no_new_privileges,
            "capabilities": {
                "bounding": security.capabilities, "permitted": has, "effective": has,
                "inheritable": [], "ambient": [],
            },
        },
        "root": {"path": "rootfs", "readonly": security.is_read_only},
        "hostname": name(parts.pod),
        "mounts": mounts(parts)?,
        "linux": {
            "namespaces": [
                {"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"},
                {"type": "network", "path": parts.network},
            ],
            "cgroupsPath": format!("/{GROUP}/{}", parts.id),
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    });
    if security.is_filtered {
        config["linux"]["seccomp"] = parts.seccomp.clone();
    }
    Ok(config)
}

/// The program and its arguments: the image's, unless the container has its own.
fn words(parts: &Parts<'_>) -> Vec<String> {
    let (own, arguments) = (&parts.container.command, &parts.container.args);
    let expanded = |words: &Vec<String>| -> Vec<String> {
        words
            .iter()
            .map(|word| expand(word, parts.environment))
            .collect()
    };
    let mut words = own
        .as_ref()
        .map_or_else(|| parts.image.entrypoint.clone(), expanded);
    match (own, arguments) {
        (_, Some(arguments)) => words.extend(expanded(arguments)),
        (None, None) => words.extend(parts.image.command.clone()),
        (Some(_), None) => {}
    }
    words
}

fn mounts(parts: &Parts<'_>) -> anyhow::Result<Vec<Value>> {
    let file_system = |kind: &str, at: &str, options: &[&str]| json!({"destination": at, "type": kind, "source": kind, "options": options});
    let bind = |from: &Path, at: &str, mode: &str| json!({"destination": at, "type": "bind", "source": from, "options": ["rbind", "rprivate", mode]});
    let mut mounts = vec![
        file_system("proc", "/proc", &["nosuid", "noexec", "nodev"]),
        file_system(
            "tmpfs",
            "/dev",
            &["nosuid", "strictatime", "mode=755", "size=65536k"],
        ),
        file_system(
            "devpts",
            "/dev/pts",
            &[
                "nosuid",
                "noexec",
                "newinstance",
                "ptmxmode=0666",
                "mode=0620",
            ],
        ),
        file_system(
            "tmpfs",
            "/dev/shm",
            &["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
        ),
        file_system("mqueue", "/dev/mqueue", &["nosuid", "noexec", "nodev"]),
        file_system("sysfs", "/sys", &["nosuid", "noexec", "nodev", "ro"]),
        bind(parts.hosts, "/etc/hosts", "rw"),
    ];
    if parts.image.has_usr {
        mounts.push(bind(Path::new("/usr"), "/usr", "ro"));
    }
    for mount in parts.container.volume_mounts.iter().flatten() {
        let volume = parts.volumes.get(&mount.name);
        let volume = volume.with_context(|| format!("the pod has no volume {}", mount.name))?;
        let from = match &mount.sub_path {
            Some(below) => volume.join(below),
            None => volume.clone(),
        };
        let mode = if mount.read_only == Some(true) {
            "ro"
        } else {
            "rw"
        };
        mounts.push(bind(&from, &mount.mount_path, mode));
    }
    Ok(mounts)
}
