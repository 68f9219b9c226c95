locals {
  addresses = merge([
    for name, subnet in var.subnets : {
      for number in range(var.addresses_per_subnet) : "${name}-${number}" => { subnet = name, zone = subnet.zone }
    }
  ]...)
}

# Static: providers may have been told of them.
resource "azurerm_public_ip" "this" {
  for_each = local.addresses

  name                = "${var.name}-egress-${each.key}"
  resource_group_name = var.resource_group_name
  location            = var.location
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = [each.value.zone]
  tags                = var.tags
}

resource "azurerm_nat_gateway" "this" {
  for_each = var.subnets

  name                = "${var.name}-egress-${each.key}"
  resource_group_name = var.resource_group_name
  location            = var.location
  sku_name            = "Standard"
  zones               = [each.value.zone]
  # Longer than upstream.sockets.keepalive_idle, by which a connection that waits is kept known here.
  idle_timeout_in_minutes = 10
  tags                    = var.tags
}

resource "azurerm_nat_gateway_public_ip_association" "this" {
  for_each = local.addresses

  nat_gateway_id       = azurerm_nat_gateway.this[each.value.subnet].id
  public_ip_address_id = azurerm_public_ip.this[each.key].id
}

resource "azurerm_subnet_nat_gateway_association" "this" {
  for_each = var.subnets

  nat_gateway_id = azurerm_nat_gateway.this[each.key].id
  subnet_id      = each.value.id
}
