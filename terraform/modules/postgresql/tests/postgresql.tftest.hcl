mock_provider "azurerm" {
  mock_resource "azurerm_private_dns_zone" {
    defaults = {
      id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/privateDnsZones/mail.private.postgres.database.azure.com"
    }
  }

  mock_resource "azurerm_postgresql_flexible_server" {
    defaults = {
      id   = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.DBforPostgreSQL/flexibleServers/mail"
      fqdn = "mail.postgres.database.azure.com"
    }
  }
}

variables {
  name                = "mail-postgresql"
  resource_group_name = "mail"
  location            = "westeurope"
  network_id          = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail"
  subnet_id           = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/mail/providers/Microsoft.Network/virtualNetworks/mail/subnets/postgresql"
  password            = "Abcdefghijklmnop1"
}

run "it_is_not_in_the_internet" {
  assert {
    condition     = azurerm_postgresql_flexible_server.this.public_network_access_enabled == false && azurerm_postgresql_flexible_server.this.delegated_subnet_id == var.subnet_id
    error_message = "The database is reached from the network only."
  }

  assert {
    condition     = azurerm_postgresql_flexible_server_configuration.tls.name == "require_secure_transport" && azurerm_postgresql_flexible_server_configuration.tls.value == "on"
    error_message = "Nobody talks to it without TLS."
  }
}

run "it_has_a_standby_in_another_zone" {
  assert {
    condition     = azurerm_postgresql_flexible_server.this.high_availability[0].mode == "ZoneRedundant" && azurerm_postgresql_flexible_server.this.high_availability[0].standby_availability_zone != azurerm_postgresql_flexible_server.this.zone
    error_message = "A zone may go, and the registry stays."
  }
}

run "it_is_backed_up" {
  assert {
    condition     = azurerm_postgresql_flexible_server.this.backup_retention_days >= 14 && azurerm_postgresql_flexible_server.this.geo_redundant_backup_enabled
    error_message = "Two weeks, and in another region too."
  }
}

run "the_password_is_not_in_the_state" {
  assert {
    condition     = azurerm_postgresql_flexible_server.this.administrator_password_wo == null && azurerm_postgresql_flexible_server.this.administrator_password == null
    error_message = "A password in the state is everybody's who reads the state."
  }

  assert {
    condition     = output.url_without_password == "postgres://pushmail:PASSWORD@mail.postgres.database.azure.com/pushmail"
    error_message = "The URL is what the registry takes."
  }

  assert {
    condition     = ephemeralasnull(var.password) == null
    error_message = "A secret in the plan is everybody's who reads the plan."
  }
}

run "both_in_one_zone_are_refused" {
  command = plan

  variables {
    zones = { primary = "1", standby = "1" }
  }

  expect_failures = [var.zones]
}

run "a_machine_without_a_standby_is_refused" {
  command = plan

  variables {
    sku_name = "B_Standard_B1ms"
  }

  expect_failures = [var.sku_name]
}

run "an_old_version_is_refused" {
  command = plan

  variables {
    postgresql_version = "14"
  }

  expect_failures = [var.postgresql_version]
}

run "a_password_that_breaks_the_url_is_refused" {
  command = plan

  variables {
    password = "Abcdefghijklm@/1"
  }

  expect_failures = [var.password]
}

run "a_day_of_backups_is_refused" {
  command = plan

  variables {
    backup_retention_days = 1
  }

  expect_failures = [var.backup_retention_days]
}
