mock_provider "azurerm" {
  mock_resource "azurerm_user_assigned_identity" {
    defaults = {
      id           = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mail"
      principal_id = "00000000-0000-0000-0000-000000000001"
    }
  }

  mock_resource "azurerm_kubernetes_cluster" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.ContainerService/managedClusters/mail"
      kube_config = [{
        host                   = "https://mail.example.org:443"
        cluster_ca_certificate = "Y2VydGlmaWNhdGU="
        client_certificate     = ""
        client_key             = ""
        username               = ""
        password               = ""
      }]
    }
  }
}

variables {
  name                = "mail"
  resource_group_name = "mail"
  location            = "westeurope"
  nodes_subnet_id     = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail/subnets/nodes"
  watchers_subnet_ids = {
    "1" = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail/subnets/watchers-1"
    "2" = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail/subnets/watchers-2"
    "3" = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail/subnets/watchers-3"
  }
  api_server_authorized_ranges = ["198.51.100.0/24"]
  admin_group_object_ids       = ["00000000-0000-0000-0000-000000000002"]
}

run "it_spans_three_zones" {
  assert {
    condition     = azurerm_kubernetes_cluster.this.default_node_pool[0].zones == toset(["1", "2", "3"]) && azurerm_kubernetes_cluster_node_pool.this["delivery"].zones == toset(["1", "2", "3"])
    error_message = "Machines that every zone needs are in three zones."
  }

  assert {
    condition = alltrue([
      for zone in ["1", "2", "3"] : alltrue([
        for role in ["stores", "watchers"] : azurerm_kubernetes_cluster_node_pool.this["${role}${zone}"].zones == toset([zone]) && azurerm_kubernetes_cluster_node_pool.this["${role}${zone}"].min_count >= 1
      ])
    ])
    error_message = "Each zone has machines of its own for stores and watchers."
  }
}

run "watchers_leave_by_their_zones_way" {
  assert {
    condition = alltrue([
      for zone, subnet in var.watchers_subnet_ids : azurerm_kubernetes_cluster_node_pool.this["watchers${zone}"].vnet_subnet_id == subnet
    ])
    error_message = "A watcher's source address is that of its machine's subnet."
  }

  assert {
    condition     = azurerm_kubernetes_cluster.this.network_profile[0].outbound_type == "userAssignedNATGateway"
    error_message = "Else the cluster's load balancer would choose the source addresses."
  }
}

run "nobody_else_is_on_watchers_machines" {
  assert {
    condition = alltrue([
      for pool in azurerm_kubernetes_cluster_node_pool.this : length(pool.node_taints) == 1 && endswith(pool.node_taints[0], ":NoSchedule")
    ])
    error_message = "A pool without a taint is everybody's."
  }

  assert {
    condition     = output.placement["watchers"].nodeSelector["pushmail-pool"] == azurerm_kubernetes_cluster_node_pool.this["watchers1"].node_labels["pushmail-pool"]
    error_message = "Pods would look for machines that are not there."
  }

  assert {
    condition = alltrue([
      for role, placement in output.placement : "${placement.tolerations[0].key}=${placement.tolerations[0].value}:${placement.tolerations[0].effect}" == "pushmail-pool=${role}:NoSchedule"
    ])
    error_message = "Pods would not be let onto their machines."
  }
}

run "network_policies_are_enforced" {
  assert {
    condition     = azurerm_kubernetes_cluster.this.network_profile[0].network_policy == "cilium"
    error_message = "The chart's NetworkPolicies would be for show."
  }
}

run "only_administrators_get_in" {
  assert {
    condition     = azurerm_kubernetes_cluster.this.local_account_disabled && azurerm_kubernetes_cluster.this.azure_active_directory_role_based_access_control[0].azure_rbac_enabled
    error_message = "A local account is an administrator whom nobody can take the rights from."
  }

  assert {
    condition     = azurerm_kubernetes_cluster.this.api_server_access_profile[0].authorized_ip_ranges == toset(["198.51.100.0/24"])
    error_message = "The API server is not for everybody."
  }

  assert {
    condition     = output.ca_certificate == "certificate"
    error_message = "Providers want PEM, not its base64."
  }
}

run "it_may_use_addresses_and_subnets" {
  variables {
    network_contributor_scopes = { addresses = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail" }
  }

  assert {
    condition     = toset(keys(azurerm_role_assignment.network)) == toset(["nodes", "watchers-1", "watchers-2", "watchers-3", "addresses"])
    error_message = "Load balancers and machines could not be made."
  }
}

run "two_zones_are_refused" {
  command = plan

  variables {
    watchers_subnet_ids = { "1" = "one", "2" = "two" }
  }

  expect_failures = [var.watchers_subnet_ids]
}

run "an_open_api_server_is_refused" {
  command = plan

  variables {
    api_server_authorized_ranges = ["0.0.0.0/0"]
  }

  expect_failures = [var.api_server_authorized_ranges]
}

run "no_range_at_all_is_refused" {
  command = plan

  variables {
    api_server_authorized_ranges = []
  }

  expect_failures = [var.api_server_authorized_ranges]
}

run "an_old_kubernetes_is_refused" {
  command = plan

  variables {
    kubernetes_version = "1.29"
  }

  expect_failures = [var.kubernetes_version]
}

run "no_administrators_are_refused" {
  command = plan

  variables {
    admin_group_object_ids = []
  }

  expect_failures = [var.admin_group_object_ids]
}

run "too_few_machines_are_refused" {
  command = plan

  variables {
    pools = { delivery = { min = 2 } }
  }

  expect_failures = [var.pools]
}

run "more_than_the_most_machines_are_refused" {
  command = plan

  variables {
    pools = { watchers = { min = 5, max = 4 } }
  }

  expect_failures = [var.pools]
}
