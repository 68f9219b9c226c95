mock_provider "azurerm" {
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
}

variables {
  name                = "mail"
  resource_group_name = "mail"
  location            = "westeurope"
  subnets = {
    watchers-1 = {
      id   = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail/subnets/watchers-1"
      zone = "1"
    }
    watchers-2 = {
      id   = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail/subnets/watchers-2"
      zone = "2"
    }
  }
}

run "addresses_stay" {
  assert {
    condition     = alltrue([for address in azurerm_public_ip.this : address.allocation_method == "Static"])
    error_message = "An address that changes is no fixed source address."
  }
}

run "one_address_for_each_subnet" {
  assert {
    condition     = output.addresses == { watchers-1 = ["203.0.113.7"], watchers-2 = ["203.0.113.7"] }
    error_message = "With more than one address an account's would change from connection to connection."
  }

  assert {
    condition     = alltrue([for name, subnet in var.subnets : azurerm_subnet_nat_gateway_association.this[name].subnet_id == subnet.id])
    error_message = "Every subnet leaves by its gateway."
  }
}

run "way_out_and_address_are_in_the_zone" {
  assert {
    condition = alltrue([
      for name, subnet in var.subnets : azurerm_nat_gateway.this[name].zones == toset([subnet.zone]) && azurerm_public_ip.this["${name}-0"].zones == toset([subnet.zone])
    ])
    error_message = "Another zone's outage would take the way out along."
  }
}

run "a_connection_that_waits_is_not_forgotten" {
  assert {
    condition     = alltrue([for gateway in azurerm_nat_gateway.this : gateway.idle_timeout_in_minutes > 2])
    error_message = "upstream.sockets.keepalive_idle is 2 minutes: a gateway that forgets earlier breaks all connections."
  }
}

run "more_addresses" {
  variables {
    addresses_per_subnet = 4
  }

  assert {
    condition     = length(azurerm_public_ip.this) == 8 && length(azurerm_nat_gateway_public_ip_association.this) == 8
    error_message = "Four for each of the two subnets, all in use."
  }
}

run "seventeen_addresses_are_refused" {
  command = plan

  variables {
    addresses_per_subnet = 17
  }

  expect_failures = [var.addresses_per_subnet]
}

run "no_subnet_is_refused" {
  command = plan

  variables {
    subnets = {}
  }

  expect_failures = [var.subnets]
}
