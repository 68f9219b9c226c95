//! The filter of system calls that `RuntimeDefault` stands for: the one that Debian's container tools bring, as for a container
//! without capabilities.

use anyhow::Context as _;
use serde_json::{Value, json};

const FILE: &str = "/usr/share/containers/seccomp.json";
const ARCHITECTURE: &str = "amd64";

/// The filter as the OCI runtime wants it.
pub(super) fn profile() -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(FILE).with_context(|| {
        format!("{FILE} is missing: install golang-github-containers-common (or buildah)")
    })?;
    let profile: Value = serde_json::from_str(&text)?;
    Ok(convert(&profile))
}

fn convert(profile: &Value) -> Value {
    let rules = profile["syscalls"].as_array().into_iter().flatten();
    let rules = rules.filter(|rule| applies(rule));
    let rules: Vec<Value> = rules.map(rule).collect();
    json!({
        "defaultAction": profile["defaultAction"],
        "defaultErrnoRet": profile["defaultErrnoRet"],
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        "syscalls": rules,
    })
}

/// Whether a rule is for this architecture and for no capability.
fn applies(rule: &Value) -> bool {
    let named = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty());
    let arches = &rule["includes"]["arches"];
    let is_other = named(arches)
        && arches
            .as_array()
            .is_some_and(|all| !all.iter().any(|arch| arch == ARCHITECTURE));
    !is_other && !named(&rule["includes"]["caps"])
}

fn rule(rule: &Value) -> Value {
    let mut made = json!({"names": rule["names"], "action": rule["action"]});
    if rule["args"].as_array().is_some_and(|args| !args.is_empty()) {
        made["args"] = rule["args"].clone();
    }
    if rule["errnoRet"].is_u64() {
        made["errnoRet"] = rule["errnoRet"].clone();
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_capabilities_and_other_architectures_are_left_out() {
        let profile = json!({
            "defaultAction": "SCMP_ACT_ERRNO",
            "syscalls": [
                {"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [], "includes": {}},
                {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
                {"names": ["s390"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["s390x"]}},
                {"names": ["bpf"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
            ],
        });
        let rules = convert(&profile)["syscalls"].clone();
        let names: Vec<&Value> = rules
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| &rule["names"][0])
            .collect();
        assert_eq!(names, ["read", "bpf"]);
    }
}
