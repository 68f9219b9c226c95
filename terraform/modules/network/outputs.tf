output "id" {
  description = "The network's id."
  value       = azurerm_virtual_network.this.id
}

output "nodes_subnet_id" {
  description = "Where all nodes but the watchers' are."
  value       = azurerm_subnet.nodes.id
}

output "watchers_subnet_ids" {
  description = "Where the watchers' nodes are, by zone."
  value       = { for zone, subnet in azurerm_subnet.watchers : zone => subnet.id }
}

output "postgresql_subnet_id" {
  description = "Delegated to PostgreSQL's servers."
  value       = azurerm_subnet.postgresql.id
}

output "endpoints_subnet_id" {
  description = "Where private endpoints are."
  value       = azurerm_subnet.endpoints.id
}
