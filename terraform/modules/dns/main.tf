# They outlive the services that use them, so the names stay true.
resource "azurerm_public_ip" "this" {
  for_each = var.records

  name                = "${var.name}-${each.key}"
  resource_group_name = var.resource_group_name
  location            = var.location
  allocation_method   = "Static"
  sku                 = "Standard"
  zones               = ["1", "2", "3"]
  tags                = var.tags
}

resource "azurerm_dns_a_record" "this" {
  for_each = var.records

  name                = each.value.name
  zone_name           = var.zone.name
  resource_group_name = var.zone.resource_group_name
  ttl                 = var.ttl
  records             = [azurerm_public_ip.this[each.key].ip_address]
  tags                = var.tags
}
