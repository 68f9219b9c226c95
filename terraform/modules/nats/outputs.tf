output "servers" {
  description = "The servers' URLs."
  value       = [for number in range(var.replicas) : "tls://${local.name}-${number}.${local.name}-headless.${var.namespace}.svc:4222"]
  # Whoever has them finds servers.
  depends_on = [helm_release.this]
}

output "role_secrets" {
  description = "By role: the name of the secret with its user and password."
  value       = { for role, secret in kubernetes_secret_v1.role : role => secret.metadata[0].name }
}

output "ca_secret" {
  description = "The name of the secret whose ca.crt signed the servers' certificate."
  value       = kubernetes_secret_v1.tls.metadata[0].name
}

output "values" {
  description = "What the chart is given."
  value       = local.values
}
