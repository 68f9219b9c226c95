mock_provider "helm" {}
mock_provider "kubernetes" {}

variables {
  namespace = "mail"
  image     = { repository = "registry.example.org/pushmail" }
  secrets = {
    master_key     = "the-master-key-which-is-not-one-0"
    admin_key      = "the-admin-key-which-is-not-one-00"
    postgresql_url = "postgres://pushmail:Abcdefghijklmnop1@postgresql.example.org/pushmail"
    redis_url      = "rediss://:Abcdefghijklmnop2@redis.example.org:10000"
  }
  tls = {
    certificate = "-----BEGIN CERTIFICATE-----"
    key         = "-----BEGIN PRIVATE KEY-----"
    ca          = "-----BEGIN CERTIFICATE-----"
  }
  authorities = { postgresql = "-----BEGIN CERTIFICATE-----" }
  nats = {
    servers      = ["tls://nats-0.nats-headless.mail.svc:4222", "tls://nats-1.nats-headless.mail.svc:4222", "tls://nats-2.nats-headless.mail.svc:4222"]
    role_secrets = { control = "nats-control", delivery = "nats-delivery", watcher = "nats-watcher" }
    ca_secret    = "nats-tls"
  }
  redis_port = 10000
  services = {
    delivery = { type = "LoadBalancer", annotations = { "service.beta.kubernetes.io/azure-pip-name" = "mail-delivery" } }
  }
  placement = {
    watcher = {
      nodeSelector = { pushmail-pool = "watchers" }
      tolerations  = [{ key = "pushmail-pool", operator = "Equal", value = "watchers", effect = "NoSchedule" }]
    }
  }
  settings = { eventlog = { retention = "14d" } }
}

run "no_secret_is_in_the_values" {
  assert {
    condition = alltrue([
      for secret in ["the-master-key", "the-admin-key", "Abcdefghijklmnop1", "Abcdefghijklmnop2", "PRIVATE KEY", "postgres://", "rediss://"] :
      !strcontains(join("", helm_release.this.values), secret)
    ])
    error_message = "Values are readable by whoever reads the release."
  }

  assert {
    condition     = alltrue([for secret in kubernetes_secret_v1.this : secret.data_wo == null && secret.data_wo_revision == 1]) && kubernetes_secret_v1.tls.data_wo == null
    error_message = "A secret in the state is everybody's who reads the state."
  }

  assert {
    condition     = ephemeralasnull(var.secrets) == null && ephemeralasnull(var.tls) == null
    error_message = "A secret in the plan is everybody's who reads the plan."
  }
}

run "secrets_are_named" {
  assert {
    condition = alltrue([
      yamldecode(output.values).masterKey.existingSecret == "pushmail-master-key",
      yamldecode(output.values).adminKey.existingSecret == "pushmail-admin-key",
      yamldecode(output.values).postgresql.existingSecret == "pushmail-postgresql",
      yamldecode(output.values).redis.existingSecret == "pushmail-redis",
      yamldecode(output.values).tls == { existingSecret = "pushmail-tls", caKey = "ca.crt" },
    ])
    error_message = "The chart finds its secrets by their names."
  }

  assert {
    condition     = toset(output.secrets) == toset(["pushmail-master-key", "pushmail-admin-key", "pushmail-postgresql", "pushmail-redis", "pushmail-tls"])
    error_message = "All of them are made."
  }
}

run "stores_prove_who_they_are" {
  assert {
    condition     = yamldecode(output.values).postgresql.ca.existingSecret == "pushmail-postgresql-ca" && kubernetes_secret_v1.authority["postgresql-ca"].data["ca.crt"] == "-----BEGIN CERTIFICATE-----"
    error_message = "Without an authority, anybody could be PostgreSQL."
  }

  assert {
    condition     = yamldecode(output.values).nats.requireTls && yamldecode(output.values).nats.ca.existingSecret == "nats-tls" && yamldecode(output.values).nats.auth.watcher.existingSecret == "nats-watcher"
    error_message = "Roles show themselves to NATS, and it to them."
  }
}

run "stores_are_within_reach" {
  assert {
    condition     = toset(yamldecode(output.values).networkPolicy.storePorts) == toset([5432, 10000, 4222]) && yamldecode(output.values).networkPolicy.enabled
    error_message = "A NetworkPolicy would keep the pods from their stores."
  }
}

run "roles_are_where_they_belong" {
  assert {
    condition     = yamldecode(output.values).watcher.nodeSelector == { pushmail-pool = "watchers" } && yamldecode(output.values).delivery.nodeSelector == {}
    error_message = "Watchers are on the machines with fixed source addresses."
  }

  assert {
    condition     = yamldecode(output.values).delivery.service.type == "LoadBalancer" && yamldecode(output.values).control.service.type == "ClusterIP"
    error_message = "Only what has a name is called from outside."
  }
}

run "the_operator_sizes_the_watchers" {
  variables {
    watcher = { min = 3, max = 9 }
  }

  assert {
    condition     = yamldecode(output.values).operator.enabled && yamldecode(output.values).watcher.pool == { targetAccountsPerWorker = 20000, minWorkers = 3, maxWorkers = 9 }
    error_message = "There are as many watchers as the mailboxes need."
  }

  assert {
    condition     = length(helm_release.definitions) == 1 && endswith(helm_release.definitions[0].chart, "/pushmail-crds")
    error_message = "The operator's definitions are installed."
  }
}

run "without_the_operator_the_least_number_is_all" {
  variables {
    watcher  = { min = 4 }
    operator = { enabled = false }
  }

  assert {
    condition     = !yamldecode(output.values).operator.enabled && yamldecode(output.values).watcher.replicas == 4 && length(helm_release.definitions) == 0
    error_message = "Nobody makes more of them."
  }
}

run "settings_are_passed_on" {
  assert {
    condition     = yamldecode(output.values).config == { log = { format = "json" }, eventlog = { retention = "14d" } }
    error_message = "Settings are the chart's config."
  }

  assert {
    condition     = yamldecode(output.values).evaluation.enabled == false && yamldecode(output.values).podDisruptionBudget.enabled
    error_message = "It is a real fleet."
  }
}

run "a_public_certificate_has_no_authority" {
  variables {
    tls_is_public = true
    tls = {
      certificate = "-----BEGIN CERTIFICATE-----"
      key         = "-----BEGIN PRIVATE KEY-----"
    }
  }

  assert {
    condition     = yamldecode(output.values).tls.caKey == ""
    error_message = "Pods would look for a key that the secret does not have."
  }
}

run "redis_authority_is_passed_on" {
  variables {
    authorities = { postgresql = "-----BEGIN CERTIFICATE-----", redis = "-----BEGIN CERTIFICATE-----" }
  }

  assert {
    condition     = yamldecode(output.values).redis.ca.existingSecret == "pushmail-redis-ca"
    error_message = "An authority that is given is used."
  }
}

run "a_secret_among_the_settings_is_refused" {
  command = plan

  variables {
    settings = { eventlog = { nats = { password = "abc" } } }
  }

  expect_failures = [var.settings]
}

run "a_url_with_a_password_among_the_settings_is_refused" {
  command = plan

  variables {
    settings = { telemetry = { endpoint = "https://user:abc@collector.example.org" } }
  }

  expect_failures = [var.settings]
}

run "redis_without_tls_is_refused" {
  command = plan

  variables {
    secrets = {
      master_key     = "the-master-key-which-is-not-one-0"
      admin_key      = "the-admin-key-which-is-not-one-00"
      postgresql_url = "postgres://pushmail:Abcdefghijklmnop1@postgresql.example.org/pushmail"
      redis_url      = "redis://redis.example.org"
    }
  }

  expect_failures = [var.secrets]
}

run "a_short_key_is_refused" {
  command = plan

  variables {
    secrets = {
      master_key     = "short"
      admin_key      = "the-admin-key-which-is-not-one-00"
      postgresql_url = "postgres://pushmail:Abcdefghijklmnop1@postgresql.example.org/pushmail"
      redis_url      = "rediss://:Abcdefghijklmnop2@redis.example.org:10000"
    }
  }

  expect_failures = [var.secrets]
}

run "nats_without_tls_is_refused" {
  command = plan

  variables {
    nats = {
      servers      = ["nats://nats-0:4222", "nats://nats-1:4222", "nats://nats-2:4222"]
      role_secrets = { control = "nats-control", delivery = "nats-delivery", watcher = "nats-watcher" }
      ca_secret    = "nats-tls"
    }
  }

  expect_failures = [var.nats]
}

run "one_nats_server_is_refused" {
  command = plan

  variables {
    nats = {
      servers      = ["tls://nats-0:4222"]
      role_secrets = { control = "nats-control", delivery = "nats-delivery", watcher = "nats-watcher" }
      ca_secret    = "nats-tls"
    }
  }

  expect_failures = [var.nats]
}

run "one_watcher_is_refused" {
  command = plan

  variables {
    watcher = { min = 1 }
  }

  expect_failures = [var.watcher]
}

run "one_pod_of_control_is_refused" {
  command = plan

  variables {
    control = { replicas = 1 }
  }

  expect_failures = [var.control]
}

run "fewer_at_most_than_at_least_is_refused" {
  command = plan

  variables {
    delivery = { min = 5, max = 4 }
  }

  expect_failures = [var.delivery]
}

run "a_moving_tag_is_refused" {
  command = plan

  variables {
    image = { repository = "registry.example.org/pushmail", tag = "latest" }
  }

  expect_failures = [var.image]
}

run "a_service_of_watchers_is_refused" {
  command = plan

  variables {
    services = { watcher = { type = "LoadBalancer", annotations = {} } }
  }

  expect_failures = [var.services]
}

run "a_placement_of_nobody_is_refused" {
  command = plan

  variables {
    placement = { watchers = { nodeSelector = {}, tolerations = [] } }
  }

  expect_failures = [var.placement]
}

run "postgresql_without_an_authority_is_refused" {
  command = plan

  variables {
    authorities = { postgresql = "" }
  }

  expect_failures = [var.authorities]
}

run "a_certificate_that_is_none_is_refused" {
  command = plan

  variables {
    tls = { certificate = "tls.crt", key = "tls.key" }
  }

  expect_failures = [var.tls]
}
