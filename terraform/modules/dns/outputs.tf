output "names" {
  description = "By role: the full name."
  value       = { for role, record in var.records : role => "${record.name}.${var.zone.name}" }
}

output "services" {
  description = "By role: the service that has the address, as the chart takes it."
  value = {
    for role, record in var.records : role => {
      type = "LoadBalancer"
      annotations = merge(
        {
          "service.beta.kubernetes.io/azure-pip-name"                     = azurerm_public_ip.this[role].name
          "service.beta.kubernetes.io/azure-load-balancer-resource-group" = var.resource_group_name
        },
        length(record.allowed_ranges) == 0 ? {} : {
          "service.beta.kubernetes.io/azure-allowed-ip-ranges" = join(",", record.allowed_ranges)
        },
      )
    }
  }
}
