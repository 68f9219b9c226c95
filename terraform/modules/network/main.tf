locals {
  # Blocks of 20 bits: nodes, then the zones' watchers, then one that is cut smaller.
  nodes    = cidrsubnet(var.address_space, 4, 0)
  watchers = { for index, zone in var.zones : zone => cidrsubnet(var.address_space, 4, index + 1) }
  small    = cidrsubnet(var.address_space, 4, 15)
}

resource "azurerm_virtual_network" "this" {
  name                = var.name
  resource_group_name = var.resource_group_name
  location            = var.location
  address_space       = [var.address_space]
  tags                = var.tags
}

resource "azurerm_subnet" "nodes" {
  name                            = "nodes"
  resource_group_name             = var.resource_group_name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [local.nodes]
  default_outbound_access_enabled = false
}

# One for each zone: a NAT gateway is in one zone and serves whole subnets.
resource "azurerm_subnet" "watchers" {
  for_each = local.watchers

  name                            = "watchers-${each.key}"
  resource_group_name             = var.resource_group_name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [each.value]
  default_outbound_access_enabled = false
}

# PostgreSQL's servers live inside of the network, in a subnet that is theirs alone.
resource "azurerm_subnet" "postgresql" {
  name                            = "postgresql"
  resource_group_name             = var.resource_group_name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [cidrsubnet(local.small, 4, 0)]
  default_outbound_access_enabled = false

  delegation {
    name = "postgresql"

    service_delegation {
      name    = "Microsoft.DBforPostgreSQL/flexibleServers"
      actions = ["Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }
}

resource "azurerm_subnet" "endpoints" {
  name                            = "endpoints"
  resource_group_name             = var.resource_group_name
  virtual_network_name            = azurerm_virtual_network.this.name
  address_prefixes                = [cidrsubnet(local.small, 4, 1)]
  default_outbound_access_enabled = false
}
