locals {
  zones = sort(keys(var.watchers_subnet_ids))
  # Disks and source addresses belong to a zone, so these pools do too.
  zonal = merge([
    for zone in local.zones : {
      "stores${zone}"   = merge(var.pools.stores, { role = "stores", zones = [zone], subnet = var.nodes_subnet_id })
      "watchers${zone}" = merge(var.pools.watchers, { role = "watchers", zones = [zone], subnet = var.watchers_subnet_ids[zone] })
    }
  ]...)
  pools = merge(local.zonal, {
    delivery = merge(var.pools.delivery, { role = "delivery", zones = local.zones, subnet = var.nodes_subnet_id })
  })
}

resource "azurerm_user_assigned_identity" "this" {
  name                = "${var.name}-cluster"
  resource_group_name = var.resource_group_name
  location            = var.location
  tags                = var.tags
}

# Nodes and load balancers are put into subnets of ours, and use addresses of ours.
resource "azurerm_role_assignment" "network" {
  for_each = merge(
    { nodes = var.nodes_subnet_id },
    { for zone, id in var.watchers_subnet_ids : "watchers-${zone}" => id },
    var.network_contributor_scopes,
  )

  scope                = each.value
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_user_assigned_identity.this.principal_id
}

resource "azurerm_kubernetes_cluster" "this" {
  name                = var.name
  resource_group_name = var.resource_group_name
  location            = var.location
  dns_prefix          = var.name
  kubernetes_version  = var.kubernetes_version
  sku_tier            = "Standard"

  automatic_upgrade_channel = "patch"
  node_os_upgrade_channel   = "NodeImage"

  local_account_disabled            = true
  role_based_access_control_enabled = true
  run_command_enabled               = false

  azure_active_directory_role_based_access_control {
    azure_rbac_enabled     = true
    admin_group_object_ids = var.admin_group_object_ids
  }

  api_server_access_profile {
    authorized_ip_ranges = var.api_server_authorized_ranges
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this.id]
  }

  node_provisioning_profile {
    mode = "Manual"
  }

  default_node_pool {
    name                         = "system"
    vm_size                      = var.pools.system.vm_size
    zones                        = local.zones
    vnet_subnet_id               = var.nodes_subnet_id
    auto_scaling_enabled         = true
    min_count                    = var.pools.system.min
    max_count                    = var.pools.system.max
    only_critical_addons_enabled = true
    temporary_name_for_rotation  = "systemtmp"

    upgrade_settings {
      max_surge = "1"
    }
  }

  # Cilium enforces the chart's NetworkPolicies. What leaves does so by the NAT gateways, with their addresses.
  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_data_plane  = "cilium"
    network_policy      = "cilium"
    outbound_type       = "userAssignedNATGateway"
    pod_cidr            = var.pod_cidr
    service_cidr        = var.service_cidr
    dns_service_ip      = cidrhost(var.service_cidr, 10)
  }

  maintenance_window_auto_upgrade {
    frequency   = "Weekly"
    interval    = 1
    duration    = 4
    day_of_week = "Tuesday"
    start_time  = "02:00"
    utc_offset  = "+00:00"
  }

  maintenance_window_node_os {
    frequency   = "Weekly"
    interval    = 1
    duration    = 4
    day_of_week = "Wednesday"
    start_time  = "02:00"
    utc_offset  = "+00:00"
  }

  tags = var.tags

  depends_on = [azurerm_role_assignment.network]
}

resource "azurerm_kubernetes_cluster_node_pool" "this" {
  for_each = local.pools

  name                        = each.key
  kubernetes_cluster_id       = azurerm_kubernetes_cluster.this.id
  vm_size                     = each.value.vm_size
  zones                       = each.value.zones
  vnet_subnet_id              = each.value.subnet
  auto_scaling_enabled        = true
  min_count                   = each.value.min
  max_count                   = each.value.max
  node_labels                 = { pushmail-pool = each.value.role }
  node_taints                 = ["pushmail-pool=${each.value.role}:NoSchedule"]
  temporary_name_for_rotation = "tmp${substr(md5(each.key), 0, 8)}"
  tags                        = var.tags

  # One machine at a time, however long its pods take to drain.
  upgrade_settings {
    max_surge                = "1"
    drain_timeout_in_minutes = 30
  }
}
