output "name" {
  description = "The cluster's name."
  value       = azurerm_kubernetes_cluster.this.name
}

output "host" {
  description = "The API server's URL."
  value       = azurerm_kubernetes_cluster.this.kube_config[0].host
  sensitive   = true
}

output "ca_certificate" {
  description = "The authority that signed the API server's certificate, as PEM."
  value       = base64decode(azurerm_kubernetes_cluster.this.kube_config[0].cluster_ca_certificate)
  # The cloud calls all of it sensitive.
  sensitive = true
}

output "placement" {
  description = "By pool: what pods need to be put there, as the charts take it."
  value = {
    for role in ["delivery", "stores", "watchers"] : role => {
      nodeSelector = { pushmail-pool = role }
      tolerations  = [{ key = "pushmail-pool", operator = "Equal", value = role, effect = "NoSchedule" }]
    }
  }
  # Pods that name a pool wait until it is there.
  depends_on = [azurerm_kubernetes_cluster_node_pool.this]
}
