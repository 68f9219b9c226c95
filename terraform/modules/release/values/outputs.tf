output "yaml" {
  description = "The chart's values."
  value       = yamlencode(local.values)
}
