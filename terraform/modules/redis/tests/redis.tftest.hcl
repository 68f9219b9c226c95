mock_provider "azurerm" {
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

  mock_resource "azurerm_private_dns_zone" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/privateDnsZones/privatelink.redis.azure.net"
    }
  }
}

variables {
  name                = "mail-redis"
  resource_group_name = "mail"
  location            = "westeurope"
  network_id          = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail"
  subnet_id           = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail/subnets/endpoints"
}

run "it_is_not_in_the_internet" {
  assert {
    condition     = azurerm_managed_redis.this.public_network_access == "Disabled" && azurerm_private_endpoint.this.subnet_id == var.subnet_id
    error_message = "Redis is reached from the network only."
  }

  assert {
    condition     = azurerm_managed_redis.this.default_database[0].client_protocol == "Encrypted" && startswith(output.url, "rediss://")
    error_message = "Nobody talks to it without TLS."
  }
}

run "the_key_is_a_part_of_the_url" {
  assert {
    condition     = output.url == "rediss://:not%2Fa%2Bkey%3D@mail.westeurope.redis.azure.net:10000" && output.port == 10000
    error_message = "A key has signs that mean something in a URL."
  }
}

run "leases_are_not_thrown_out" {
  assert {
    condition     = azurerm_managed_redis.this.default_database[0].eviction_policy == "NoEviction"
    error_message = "A lease that is thrown out is a lease that is lost."
  }
}

run "one_machine_may_go" {
  assert {
    condition     = azurerm_managed_redis.this.high_availability_enabled
    error_message = "There is a second machine."
  }
}

run "the_script_finds_all_keys_at_one_address" {
  assert {
    condition     = azurerm_managed_redis.this.default_database[0].clustering_policy == "NoCluster"
    error_message = "A URL of the form rediss:// is for one server."
  }
}

run "a_name_in_capitals_is_refused" {
  command = plan

  variables {
    name = "Mail"
  }

  expect_failures = [var.name]
}
