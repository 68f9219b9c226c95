output "values" {
  description = "What the chart is given."
  value       = module.values.yaml
}

output "secrets" {
  description = "Names of the secrets that were made."
  value = concat(
    [for secret in kubernetes_secret_v1.this : secret.metadata[0].name],
    [kubernetes_secret_v1.tls.metadata[0].name],
  )
}
