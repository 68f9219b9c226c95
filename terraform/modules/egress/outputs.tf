output "addresses" {
  description = "The source addresses that mail servers see, by subnet: what to tell providers that ask."
  value = {
    for name, subnet in var.subnets :
    name => [for key, address in local.addresses : azurerm_public_ip.this[key].ip_address if address.subnet == name]
  }
  # Whoever needs an address needs the way out too.
  depends_on = [
    azurerm_nat_gateway_public_ip_association.this,
    azurerm_subnet_nat_gateway_association.this,
  ]
}
