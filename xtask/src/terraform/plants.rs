//! Mistakes that are planted: a check that lets one of them through is worth nothing.

use super::tools::Tools;
use anyhow::ensure;
use std::fs;

/// In a module: a file of it, and what is replaced by what.
type Plant = (&'static str, &'static str, &'static str);

/// By module, below `terraform`.
const PLANTS: [(&str, &[Plant]); 9] = [
    ("modules/network", NETWORK),
    ("modules/egress", EGRESS),
    ("modules/cluster", CLUSTER),
    ("modules/postgresql", POSTGRESQL),
    ("modules/redis", REDIS),
    ("modules/dns", DNS),
    ("modules/nats", NATS),
    ("modules/release", RELEASE),
    ("examples/azure", AZURE),
];

/// Valid, but not as `fmt` writes it.
const ILL_FORMED: Plant = (
    "main.tf",
    "tags                = var.tags",
    "tags = var.tags",
);

const NETWORK: &[Plant] = &[
    (
        "main.tf",
        "default_outbound_access_enabled = false",
        "default_outbound_access_enabled = true",
    ),
    ("main.tf", "index + 1", "index"),
    ("main.tf", "flexibleServers\"", "flexibleServer\""),
    (
        "variables.tf",
        "length(var.zones) >= 3",
        "length(var.zones) >= 2",
    ),
];

const EGRESS: &[Plant] = &[
    ("main.tf", "\"Static\"", "\"Dynamic\""),
    (
        "main.tf",
        "sku_name            = \"Standard\"\n  zones               = [each.value.zone]",
        "sku_name            = \"Standard\"\n  zones               = [\"1\"]",
    ),
    (
        "main.tf",
        "idle_timeout_in_minutes = 10",
        "idle_timeout_in_minutes = 1",
    ),
    ("variables.tf", "subnet <= 16", "subnet <= 17"),
    ("versions.tf", "~> 5.2", "~> 6.0"),
];

const CLUSTER: &[Plant] = &[
    (
        "main.tf",
        "local_account_disabled            = true",
        "local_account_disabled            = false",
    ),
    ("main.tf", "userAssignedNATGateway", "loadBalancer"),
    (
        "main.tf",
        "network_policy      = \"cilium\"",
        "network_policy      = \"calico\"",
    ),
    (
        "main.tf",
        "network_data_plane  = \"cilium\"",
        "network_data_plane  = \"ciliun\"",
    ),
    ("main.tf", ":NoSchedule\"", ":PreferNoSchedule\""),
    (
        "main.tf",
        "var.watchers_subnet_ids[zone] })",
        "var.nodes_subnet_id })",
    ),
    ("main.tf", "sku_tier            =", "sku_teir            ="),
    (
        "outputs.tf",
        "base64decode(azurerm_kubernetes_cluster.this.kube_config[0].cluster_ca_certificate)",
        "azurerm_kubernetes_cluster.this.kube_config[0].cluster_ca_certificate",
    ),
    (
        "variables.tf",
        "!endswith(range, \"/0\")",
        "!endswith(range, \"/1\")",
    ),
];

const POSTGRESQL: &[Plant] = &[
    (
        "main.tf",
        "public_network_access_enabled = false",
        "public_network_access_enabled = true",
    ),
    ("main.tf", "\"ZoneRedundant\"", "\"SameZone\""),
    (
        "main.tf",
        "administrator_password_wo         = var.password",
        "administrator_password            = var.password",
    ),
    ("main.tf", "= \"on\"", "= \"off\""),
    (
        "variables.tf",
        "type        = bool\n  default     = true",
        "type        = bool\n  default     = false",
    ),
    ("variables.tf", "A-Za-z0-9]{16", "A-Za-z0-9@/]{16"),
];

const REDIS: &[Plant] = &[
    ("main.tf", "\"Disabled\"", "\"Enabled\""),
    ("main.tf", "\"NoEviction\"", "\"VolatileLRU\""),
    ("main.tf", "\"Encrypted\"", "\"Plaintext\""),
    ("main.tf", "\"NoCluster\"", "\"OSSCluster\""),
    ("outputs.tf", "  sensitive   = true\n", ""),
];

const DNS: &[Plant] = &[
    ("main.tf", "\"Static\"", "\"Dynamic\""),
    ("outputs.tf", "join(\",\"", "join(\" \""),
    (
        "main.tf",
        "azurerm_public_ip.this[each.key].ip_address",
        "azurerm_public_ip.this[\"delivery\"].address",
    ),
];

const NATS: &[Plant] = &[
    (
        "chart/templates/configmap.yaml",
        "name: {{ $name }}\n      port",
        "name: $POD_NAME\n      port",
    ),
    ("main.tf", "data_wo = {\n    NATS", "data = {\n    NATS"),
    (
        "main.tf",
        "tostring(var.secrets_revision)",
        "var.passwords.control",
    ),
    ("main.tf", "maxFileStore", "maxFilestore"),
    ("main.tf", "* 9 / 10", "* 10 / 9"),
    ("variables.tf", "contains([3, 5]", "contains([1, 3, 5]"),
    (
        "chart/templates/configmap.yaml",
        "sync_interval: always",
        "sync_interval: 2m",
    ),
    (
        "chart/templates/configmap.yaml",
        "store_dir: /data",
        "store_dir: /tmp",
    ),
    (
        "chart/templates/configmap.yaml",
        "max_file_store:",
        "max_file_stor:",
    ),
    (
        "chart/templates/configmap.yaml",
        "verify: true",
        "verify: false",
    ),
    (
        "chart/templates/statefulset.yaml",
        "whenUnsatisfiable: DoNotSchedule",
        "whenUnsatisfiable: ScheduleAnyway",
    ),
    (
        "chart/templates/statefulset.yaml",
        "volumeMounts:",
        "volumemounts:",
    ),
    (
        "chart/templates/statefulset.yaml",
        "terminationGracePeriodSeconds: 90",
        "terminationGracePeriodSeconds: soon",
    ),
    (
        "chart/templates/pdb.yaml",
        "maxUnavailable",
        "maxUnavailabel",
    ),
];

const RELEASE: &[Plant] = &[
    (
        "main.tf",
        "data_wo          = local.secrets",
        "data             = local.secrets",
    ),
    ("main.tf", "? \"\" : \"ca.crt\"", "? \"ca.crt\" : \"\""),
    (
        "main.tf",
        "[5432, var.redis_port, 4222]",
        "[5432, 6379, 4222]",
    ),
    (
        "values/main.tf",
        "masterKey = { existingSecret =",
        "masterKey = { existingSecert =",
    ),
    ("values/main.tf", "requireTls = true", "requireTls = false"),
    (
        "values/main.tf",
        "replicas = var.watcher.min",
        "replica = var.watcher.min",
    ),
    ("variables.tf", "(?i)(password|", "(?i)(pass-word|"),
    ("variables.tf", "\"^rediss(", "\"^rediss?("),
];

const AZURE: &[Plant] = &[
    (
        "main.tf",
        "module.cluster.placement[\"stores\"]",
        "module.cluster.placement[\"store\"]",
    ),
    (
        "main.tf",
        "watcher  = module.cluster.placement[\"watchers\"]",
        "watcher  = module.cluster.placement[\"delivery\"]",
    ),
    (
        "main.tf",
        "\"watchers-${zone}\" =>",
        "\"watcher-${zone}\" =>",
    ),
    (
        "main.tf",
        "redis_port = module.redis.port",
        "redis_port = 6379",
    ),
    ("main.tf", ", allowed_ranges = var.dns.control_ranges", ""),
    (
        "main.tf",
        "var.mailboxes / 20000)",
        "var.mailboxes / 200000)",
    ),
    ("providers.tf", "exec {", "exce {"),
    ("variables.tf", "  ephemeral = true\n", ""),
];

/// Plants each of them, and says which were not refused.
pub(super) fn all_refused(tools: &Tools) -> anyhow::Result<bool> {
    let ill_formed = planted("modules/network", ILL_FORMED)?;
    let mut all = 1;
    let mut refused = u32::from(!tools.formed(ill_formed.path())?.passes);
    for (module, plants) in PLANTS {
        for plant in plants {
            all += 1;
            if passes(tools, module, *plant)? {
                eprintln!("not refused: {module}: {plant:?}");
            } else {
                refused += 1;
            }
        }
        eprintln!("-- {module}: {} mistakes were planted", plants.len());
    }
    println!("{refused} of {all} planted mistakes refused");
    Ok(refused == all)
}

fn passes(tools: &Tools, module: &str, plant: Plant) -> anyhow::Result<bool> {
    let copy = planted(module, plant)?;
    Ok(super::check(tools, copy.path(), &format!("terraform/{module}"))?.passes)
}

/// A copy with the mistake.
fn planted(module: &str, (file, from, to): Plant) -> anyhow::Result<tempfile::TempDir> {
    let copy = super::copy()?;
    let path = copy.path().join("terraform").join(module).join(file);
    let text = fs::read_to_string(&path)?;
    ensure!(
        text.contains(from),
        "{} has no {from:?} to plant a mistake in",
        path.display()
    );
    fs::write(&path, text.replacen(from, to, 1))?;
    Ok(copy)
}
