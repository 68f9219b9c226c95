mock_provider "azurerm" {
  mock_resource "azurerm_public_ip" {
    defaults = {
      ip_address = "203.0.113.9"
    }
  }
}

variables {
  name                = "mail"
  resource_group_name = "mail"
  location            = "westeurope"
  zone                = { name = "example.org", resource_group_name = "names" }
  records = {
    delivery = { name = "push" }
    control  = { name = "control", allowed_ranges = ["198.51.100.0/24", "203.0.113.0/24"] }
  }
}

run "names_lead_to_fixed_addresses" {
  assert {
    condition     = output.names == { delivery = "push.example.org", control = "control.example.org" }
    error_message = "The names are the records'."
  }

  assert {
    condition     = alltrue([for role, record in azurerm_dns_a_record.this : record.records == toset([azurerm_public_ip.this[role].ip_address])])
    error_message = "Each name leads to its own address."
  }

  assert {
    condition     = alltrue([for address in azurerm_public_ip.this : address.allocation_method == "Static" && address.zones == toset(["1", "2", "3"])])
    error_message = "An address stays, whichever zone goes."
  }
}

run "services_use_these_addresses" {
  assert {
    condition     = output.services["delivery"].annotations["service.beta.kubernetes.io/azure-pip-name"] == azurerm_public_ip.this["delivery"].name
    error_message = "The service would get another address."
  }
}

run "control_is_for_some" {
  assert {
    condition     = output.services["control"].annotations["service.beta.kubernetes.io/azure-allowed-ip-ranges"] == "198.51.100.0/24,203.0.113.0/24"
    error_message = "Whoever is not named may not call control."
  }

  assert {
    condition     = !contains(keys(output.services["delivery"].annotations), "service.beta.kubernetes.io/azure-allowed-ip-ranges")
    error_message = "Devices are anywhere."
  }
}

run "a_name_for_watchers_is_refused" {
  command = plan

  variables {
    records = { delivery = { name = "push" }, watcher = { name = "watcher" } }
  }

  expect_failures = [var.records]
}

run "one_name_for_both_is_refused" {
  command = plan

  variables {
    records = { delivery = { name = "push" }, control = { name = "push" } }
  }

  expect_failures = [var.records]
}

run "a_range_that_is_none_is_refused" {
  command = plan

  variables {
    records = { delivery = { name = "push" }, control = { name = "control", allowed_ranges = ["office"] } }
  }

  expect_failures = [var.records]
}
