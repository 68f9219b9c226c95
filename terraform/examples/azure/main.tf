locals {
  namespace = "mail"

  # One holds 20,000 mailboxes; one in each zone at least, and at most one more than all need.
  watchers = { min = length(var.zones), max = max(length(var.zones), ceil(var.mailboxes / 20000)) + 1 }
}

resource "azurerm_resource_group" "this" {
  name     = var.name
  location = var.location
  tags     = var.tags
}

module "network" {
  source = "../../modules/network"

  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  zones               = var.zones
  tags                = var.tags
}

# Watchers leave by an address of their zone; all other nodes by one of theirs, so that mail servers never see it.
module "egress" {
  source = "../../modules/egress"

  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  subnets = merge(
    { nodes = { id = module.network.nodes_subnet_id, zone = var.zones[0] } },
    { for zone in var.zones : "watchers-${zone}" => { id = module.network.watchers_subnet_ids[zone], zone = zone } },
  )
  tags = var.tags
}

module "cluster" {
  source = "../../modules/cluster"

  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  nodes_subnet_id     = module.network.nodes_subnet_id
  watchers_subnet_ids = module.network.watchers_subnet_ids
  # Nodes reach the API server by their own ways out.
  api_server_authorized_ranges = setunion(
    var.administrators.ranges,
    [for address in flatten(values(module.egress.addresses)) : "${address}/32"],
  )
  admin_group_object_ids     = var.administrators.group_object_ids
  network_contributor_scopes = { addresses = azurerm_resource_group.this.id }
  # Four of the default watchers on each of the default machines.
  pools = {
    watchers = { min = 1, max = max(2, ceil(local.watchers.max / length(var.zones) / 4) + 1) }
  }
  tags = var.tags
}

module "postgresql" {
  source = "../../modules/postgresql"

  name                = "${var.name}-postgresql"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  network_id          = module.network.id
  subnet_id           = module.network.postgresql_subnet_id
  zones               = { primary = var.zones[0], standby = var.zones[1] }
  password            = var.secrets.postgresql_password
  password_revision   = var.secrets_revision
  tags                = var.tags
}

module "redis" {
  source = "../../modules/redis"

  name                = "${var.name}-redis"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  network_id          = module.network.id
  subnet_id           = module.network.endpoints_subnet_id
  tags                = var.tags
}

module "dns" {
  source = "../../modules/dns"

  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  zone                = var.dns.zone
  records = {
    delivery = { name = var.dns.delivery }
    control  = { name = var.dns.control, allowed_ranges = var.dns.control_ranges }
  }
  tags = var.tags
}

resource "kubernetes_namespace_v1" "this" {
  metadata {
    name = local.namespace
    labels = {
      "pod-security.kubernetes.io/enforce" = "restricted"
    }
  }
}

module "nats" {
  source = "../../modules/nats"

  namespace        = kubernetes_namespace_v1.this.metadata[0].name
  placement        = module.cluster.placement["stores"]
  passwords        = var.secrets.nats_passwords
  tls              = var.certificates.nats
  secrets_revision = var.secrets_revision
}

module "release" {
  source = "../../modules/release"

  namespace = kubernetes_namespace_v1.this.metadata[0].name
  image     = var.image
  secrets = {
    master_key     = var.secrets.master_key
    admin_key      = var.secrets.admin_key
    postgresql_url = replace(module.postgresql.url_without_password, "PASSWORD", var.secrets.postgresql_password)
    redis_url      = module.redis.url
  }
  tls              = var.certificates.listeners
  tls_is_public    = var.listeners_certificate_is_public
  secrets_revision = var.secrets_revision
  authorities      = { postgresql = var.postgresql_authorities }
  nats = {
    servers      = module.nats.servers
    role_secrets = module.nats.role_secrets
    ca_secret    = module.nats.ca_secret
  }
  redis_port = module.redis.port
  services   = module.dns.services
  # Control is small: it shares delivery's machines.
  placement = {
    control  = module.cluster.placement["delivery"]
    delivery = module.cluster.placement["delivery"]
    watcher  = module.cluster.placement["watchers"]
  }
  watcher  = local.watchers
  settings = var.settings
}
