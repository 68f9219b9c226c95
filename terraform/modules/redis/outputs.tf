output "url" {
  description = "The URL, with its key: sensitive, and in the state."
  value       = "rediss://:${urlencode(azurerm_managed_redis.this.default_database[0].primary_access_key)}@${azurerm_managed_redis.this.hostname}:${azurerm_managed_redis.this.default_database[0].port}"
  sensitive   = true
  # Without the endpoint the name leads nowhere.
  depends_on = [azurerm_private_endpoint.this, azurerm_private_dns_zone_virtual_network_link.this]
}

output "port" {
  description = "The port, for NetworkPolicies."
  value       = azurerm_managed_redis.this.default_database[0].port
}
