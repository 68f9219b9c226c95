mock_provider "azurerm" {}

variables {
  name                = "mail"
  resource_group_name = "mail"
  location            = "westeurope"
}

run "watchers_have_a_subnet_in_each_zone" {
  assert {
    condition     = toset(keys(azurerm_subnet.watchers)) == toset(["1", "2", "3"])
    error_message = "Watchers need a subnet in each zone."
  }

  assert {
    condition     = length(distinct([for subnet in azurerm_subnet.watchers : subnet.address_prefixes[0]])) == 3
    error_message = "Each needs addresses of its own."
  }
}

run "nothing_leaves_by_itself" {
  assert {
    condition = alltrue(concat(
      [for subnet in azurerm_subnet.watchers : !subnet.default_outbound_access_enabled],
      [for subnet in [azurerm_subnet.nodes, azurerm_subnet.postgresql, azurerm_subnet.endpoints] : !subnet.default_outbound_access_enabled],
    ))
    error_message = "A subnet with default outbound access leaves by addresses that nobody fixed."
  }
}

run "subnets_are_apart" {
  variables {
    zones = ["1", "2", "3"]
  }

  assert {
    condition = azurerm_subnet.nodes.address_prefixes[0] == "10.64.0.0/20" && (
      azurerm_subnet.watchers["3"].address_prefixes[0] == "10.64.48.0/20"
      ) && (
      azurerm_subnet.postgresql.address_prefixes[0] == "10.64.240.0/24" && azurerm_subnet.endpoints.address_prefixes[0] == "10.64.241.0/24"
    )
    error_message = "Subnets overlap, or moved: a subnet that moves is made anew."
  }

  assert {
    condition     = azurerm_subnet.postgresql.delegation[0].service_delegation[0].name == "Microsoft.DBforPostgreSQL/flexibleServers"
    error_message = "PostgreSQL's subnet is delegated to it."
  }
}

run "two_zones_are_refused" {
  command = plan

  variables {
    zones = ["1", "2"]
  }

  expect_failures = [var.zones]
}

run "a_zone_twice_is_refused" {
  command = plan

  variables {
    zones = ["1", "2", "2"]
  }

  expect_failures = [var.zones]
}

run "a_small_network_is_refused" {
  command = plan

  variables {
    address_space = "10.64.0.0/24"
  }

  expect_failures = [var.address_space]
}

run "a_name_in_capitals_is_refused" {
  command = plan

  variables {
    name = "Mail"
  }

  expect_failures = [var.name]
}
