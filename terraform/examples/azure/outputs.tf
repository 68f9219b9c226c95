output "names" {
  description = "Where devices and backends connect to, at port 7443."
  value       = module.dns.names
}

output "source_addresses" {
  description = "The addresses that mail servers see: what to tell providers that ask."
  value       = flatten([for subnet, addresses in module.egress.addresses : addresses if startswith(subnet, "watchers-")])
}

output "cluster" {
  description = "For `az aks get-credentials --resource-group GROUP --name NAME`."
  value       = { resource_group = azurerm_resource_group.this.name, name = module.cluster.name }
}

output "release_values" {
  description = "What the chart is given."
  value       = module.release.values
}

output "nats_values" {
  description = "What NATS' chart is given."
  value       = module.nats.values
}
