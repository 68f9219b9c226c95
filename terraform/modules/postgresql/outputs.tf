output "host" {
  description = "The server's name, known in the network only."
  value       = azurerm_postgresql_flexible_server.this.fqdn
}

output "url_without_password" {
  description = "The URL, with PASSWORD where the password belongs."
  value       = "postgres://${local.user}:PASSWORD@${azurerm_postgresql_flexible_server.this.fqdn}/${azurerm_postgresql_flexible_server_database.this.name}"
}
