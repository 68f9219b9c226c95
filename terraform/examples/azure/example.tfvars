subscription_id = "00000000-0000-0000-0000-000000000000"
location        = "westeurope"

administrators = {
  group_object_ids = ["00000000-0000-0000-0000-000000000000"]
  ranges           = ["198.51.100.0/24"]
}

dns = {
  zone           = { name = "example.org", resource_group_name = "names" }
  control_ranges = ["198.51.100.0/24"]
}

image     = { repository = "registry.example.org/pushmail" }
mailboxes = 40000

# Or set TF_VAR_postgresql_authorities="$(cat postgresql-ca.pem)".
postgresql_authorities = <<-END
  -----BEGIN CERTIFICATE-----
  -----END CERTIFICATE-----
END

settings = {
  eventlog = { retention = "14d" }
}
