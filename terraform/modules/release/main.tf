locals {
  charts = coalesce(var.charts, "${path.module}/../../../charts")

  # Name and content of what is written once, and read by name.
  secrets = {
    master-key = { master-key = var.secrets.master_key }
    admin-key  = { admin-key = var.secrets.admin_key }
    postgresql = { url = var.secrets.postgresql_url }
    redis      = { url = var.secrets.redis_url }
  }
  authorities = {
    postgresql-ca = var.authorities.postgresql
    redis-ca      = var.authorities.redis
  }
}

resource "kubernetes_secret_v1" "this" {
  for_each = toset(["master-key", "admin-key", "postgresql", "redis"])

  metadata {
    name      = "${var.name}-${each.key}"
    namespace = var.namespace
  }

  data_wo          = local.secrets[each.key]
  data_wo_revision = var.secrets_revision
}

resource "kubernetes_secret_v1" "tls" {
  metadata {
    name      = "${var.name}-tls"
    namespace = var.namespace
  }

  type = "kubernetes.io/tls"
  data_wo = merge(
    { "tls.crt" = var.tls.certificate, "tls.key" = var.tls.key },
    var.tls.ca == "" ? {} : { "ca.crt" = var.tls.ca },
  )
  data_wo_revision = var.secrets_revision
}

# Authorities' certificates are public.
resource "kubernetes_secret_v1" "authority" {
  for_each = { for name, pem in local.authorities : name => pem if pem != "" }

  metadata {
    name      = "${var.name}-${each.key}"
    namespace = var.namespace
  }

  data = { "ca.crt" = each.value }
}

module "values" {
  source = "./values"

  image = var.image
  secrets = {
    master_key    = kubernetes_secret_v1.this["master-key"].metadata[0].name
    admin_key     = kubernetes_secret_v1.this["admin-key"].metadata[0].name
    tls           = kubernetes_secret_v1.tls.metadata[0].name
    tls_ca_key    = var.tls_is_public ? "" : "ca.crt"
    postgresql    = kubernetes_secret_v1.this["postgresql"].metadata[0].name
    postgresql_ca = kubernetes_secret_v1.authority["postgresql-ca"].metadata[0].name
    redis         = kubernetes_secret_v1.this["redis"].metadata[0].name
    redis_ca      = try(kubernetes_secret_v1.authority["redis-ca"].metadata[0].name, "")
    nats_roles    = var.nats.role_secrets
    nats_ca       = var.nats.ca_secret
  }
  nats_servers = var.nats.servers
  store_ports  = distinct([5432, var.redis_port, 4222])
  services     = var.services
  placement    = var.placement
  control      = var.control
  delivery     = var.delivery
  watcher      = var.watcher
  operator     = { enabled = var.operator.enabled }
  settings     = var.settings
  monitoring   = var.monitoring
}

# A chart of its own: Helm does not upgrade definitions that come with another one.
resource "helm_release" "definitions" {
  count = var.operator.enabled && var.operator.definitions ? 1 : 0

  name      = "${var.name}-crds"
  namespace = var.namespace
  chart     = "${local.charts}/pushmail-crds"
}

resource "helm_release" "this" {
  name      = var.name
  namespace = var.namespace
  chart     = "${local.charts}/pushmail"
  values    = [module.values.yaml]
  # A watcher hands over its shards before it goes, one after the other.
  timeout = 1800
  atomic  = true

  depends_on = [helm_release.definitions]
}
