mock_provider "azurerm" {
  mock_resource "azurerm_resource_group" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail"
    }
  }

  mock_resource "azurerm_virtual_network" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail"
    }
  }

  mock_resource "azurerm_subnet" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail/subnets/mail"
    }
  }

  mock_resource "azurerm_nat_gateway" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/natGateways/mail"
    }
  }

  mock_resource "azurerm_public_ip" {
    defaults = {
      id         = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/publicIPAddresses/mail"
      ip_address = "203.0.113.7"
    }
  }

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

  mock_resource "azurerm_private_dns_zone" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/privateDnsZones/example.org"
    }
  }

  mock_resource "azurerm_postgresql_flexible_server" {
    defaults = {
      id   = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.DBforPostgreSQL/flexibleServers/mail"
      fqdn = "mail.postgres.database.azure.com"
    }
  }

  mock_resource "azurerm_managed_redis" {
    defaults = {
      id       = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Cache/redisEnterprise/mail"
      hostname = "mail.westeurope.redis.azure.net"
      default_database = {
        port               = 10000
        primary_access_key = "not/a+key="
      }
    }
  }
}

mock_provider "helm" {}
mock_provider "kubernetes" {}

variables {
  subscription_id = "00000000-0000-0000-0000-000000000000"
  name            = "mail"
  location        = "westeurope"
  administrators = {
    group_object_ids = ["00000000-0000-0000-0000-000000000002"]
    ranges           = ["198.51.100.0/24"]
  }
  dns = {
    zone           = { name = "example.org", resource_group_name = "names" }
    control_ranges = ["198.51.100.0/24"]
  }
  image = { repository = "registry.example.org/pushmail" }
  secrets = {
    master_key          = "the-master-key-which-is-not-one-0"
    admin_key           = "the-admin-key-which-is-not-one-00"
    postgresql_password = "Abcdefghijklmnop1"
    nats_passwords = {
      control  = "aaaaaaaaaaaaaaaa1"
      delivery = "bbbbbbbbbbbbbbbb2"
      watcher  = "cccccccccccccccc3"
    }
  }
  certificates = {
    listeners = {
      certificate = "-----BEGIN CERTIFICATE-----"
      key         = "-----BEGIN PRIVATE KEY-----"
      ca          = "-----BEGIN CERTIFICATE-----"
    }
    nats = {
      certificate = "-----BEGIN CERTIFICATE-----"
      key         = "-----BEGIN PRIVATE KEY-----"
      ca          = "-----BEGIN CERTIFICATE-----"
    }
  }
  postgresql_authorities = "-----BEGIN CERTIFICATE-----"
}

run "the_parts_fit" {
  assert {
    condition     = output.names == { delivery = "push.example.org", control = "control.example.org" }
    error_message = "Devices and backends have names to call."
  }

  assert {
    condition     = yamldecode(output.release_values).nats.servers == module.nats.servers && length(module.nats.servers) == 3
    error_message = "The fleet talks to NATS' three servers."
  }

  assert {
    condition     = contains(yamldecode(output.release_values).networkPolicy.storePorts, module.redis.port)
    error_message = "A NetworkPolicy would keep the pods from Redis."
  }

  assert {
    condition     = yamldecode(output.release_values).control.service.annotations["service.beta.kubernetes.io/azure-allowed-ip-ranges"] == "198.51.100.0/24"
    error_message = "Control is for some."
  }

  assert {
    condition     = yamldecode(output.nats_values).nodeSelector == { pushmail-pool = "stores" }
    error_message = "Stores are on their own machines."
  }
}

run "watchers_have_a_fixed_address_in_each_zone" {
  assert {
    condition     = toset(keys(module.egress.addresses)) == toset(["nodes", "watchers-1", "watchers-2", "watchers-3"]) && length(output.source_addresses) == 3
    error_message = "One for each zone's watchers, and one for everything else."
  }

  assert {
    condition     = yamldecode(output.release_values).watcher.nodeSelector == { pushmail-pool = "watchers" } && yamldecode(output.release_values).watcher.pool.minWorkers == 3
    error_message = "Watchers are on the machines that leave by these addresses, one in each zone."
  }
}

run "no_secret_is_in_any_values" {
  assert {
    condition = alltrue([
      for secret in ["the-master-key", "the-admin-key", "Abcdefghijklmnop1", "aaaaaaaaaaaaaaaa1", "PRIVATE KEY", "postgres://", "rediss://"] :
      !strcontains("${output.release_values}${output.nats_values}", secret)
    ])
    error_message = "Values are readable by whoever reads the releases."
  }

  assert {
    condition     = ephemeralasnull(var.secrets) == null && ephemeralasnull(var.certificates) == null
    error_message = "A secret in the plan is everybody's who reads the plan."
  }
}

run "a_larger_fleet_may_have_more_watchers" {
  variables {
    mailboxes = 250000
  }

  assert {
    condition     = yamldecode(output.release_values).watcher.pool.maxWorkers == 14
    error_message = "20,000 mailboxes for each watcher, and one to spare."
  }
}

run "nobody_is_refused" {
  command = plan

  variables {
    mailboxes = 0
  }

  expect_failures = [var.mailboxes]
}
