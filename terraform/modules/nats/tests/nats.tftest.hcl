mock_provider "helm" {}
mock_provider "kubernetes" {}

variables {
  namespace = "mail"
  passwords = {
    control  = "aaaaaaaaaaaaaaaa1"
    delivery = "bbbbbbbbbbbbbbbb2"
    watcher  = "cccccccccccccccc3"
  }
  tls = {
    certificate = "-----BEGIN CERTIFICATE-----"
    key         = "-----BEGIN PRIVATE KEY-----"
    ca          = "-----BEGIN CERTIFICATE-----"
  }
  placement = {
    nodeSelector = { pushmail-pool = "stores" }
    tolerations  = [{ key = "pushmail-pool", operator = "Equal", value = "stores", effect = "NoSchedule" }]
  }
}

run "there_are_three_servers" {
  assert {
    condition     = yamldecode(output.values).replicas == 3 && length(output.servers) == 3
    error_message = "Each event is on three servers."
  }

  assert {
    condition     = output.servers[2] == "tls://nats-2.nats-headless.mail.svc:4222"
    error_message = "A server is called by its own name, with TLS."
  }
}

run "the_log_fits_on_the_disk" {
  variables {
    storage = { size_gib = 100 }
  }

  assert {
    condition     = yamldecode(output.values).storage == { className = "managed-csi-premium", size = "100Gi", maxFileStore = "92160Mi" }
    error_message = "A tenth of the disk is left."
  }
}

run "no_password_is_in_the_values" {
  assert {
    condition     = alltrue([for secret in ["aaaaaaaaaaaaaaaa1", "bbbbbbbbbbbbbbbb2", "cccccccccccccccc3", "PRIVATE KEY"] : !strcontains(join("", helm_release.this.values), secret)])
    error_message = "Values are readable by whoever reads the release."
  }

  assert {
    condition     = kubernetes_secret_v1.users.data_wo == null && alltrue([for secret in kubernetes_secret_v1.role : secret.data_wo == null]) && kubernetes_secret_v1.tls.data_wo == null
    error_message = "A secret in the state is everybody's who reads the state."
  }

  assert {
    condition     = ephemeralasnull(var.passwords) == null && ephemeralasnull(var.tls) == null
    error_message = "A secret in the plan is everybody's who reads the plan."
  }
}

run "users_are_those_of_the_chart" {
  assert {
    condition     = alltrue([for role in ["control", "delivery", "watcher"] : can(regex("user: ${role}\\s+password: \\$NATS_${upper(role)}\\s", yamldecode(output.values).users))])
    error_message = "Each role has a user, whose password is a variable."
  }

  assert {
    condition     = output.role_secrets == { control = "nats-control", delivery = "nats-delivery", watcher = "nats-watcher" } && output.ca_secret == "nats-tls"
    error_message = "The release finds the secrets by these names."
  }
}

run "servers_are_on_the_machines_for_stores" {
  assert {
    condition     = yamldecode(output.values).nodeSelector == { pushmail-pool = "stores" } && yamldecode(output.values).tolerations[0].value == "stores"
    error_message = "The servers would be put elsewhere, or nowhere."
  }
}

run "other_secrets_restart_the_servers" {
  variables {
    secrets_revision = 2
  }

  assert {
    condition     = yamldecode(output.values).secretsRevision == "2" && kubernetes_secret_v1.users.data_wo_revision == 2 && kubernetes_secret_v1.tls.data_wo_revision == 2
    error_message = "Servers read their secrets when they start."
  }
}

run "one_server_is_refused" {
  command = plan

  variables {
    replicas = 1
  }

  expect_failures = [var.replicas]
}

run "four_servers_are_refused" {
  command = plan

  variables {
    replicas = 4
  }

  expect_failures = [var.replicas]
}

run "a_tiny_disk_is_refused" {
  command = plan

  variables {
    storage = { size_gib = 1 }
  }

  expect_failures = [var.storage]
}

run "an_image_without_a_version_is_refused" {
  command = plan

  variables {
    image = "nats"
  }

  expect_failures = [var.image]
}

run "one_password_for_two_is_refused" {
  command = plan

  variables {
    passwords = {
      control  = "aaaaaaaaaaaaaaaa1"
      delivery = "aaaaaaaaaaaaaaaa1"
      watcher  = "cccccccccccccccc3"
    }
  }

  expect_failures = [var.passwords]
}

run "a_password_that_is_a_number_is_refused" {
  command = plan

  variables {
    passwords = {
      control  = "12345678901234567"
      delivery = "bbbbbbbbbbbbbbbb2"
      watcher  = "cccccccccccccccc3"
    }
  }

  expect_failures = [var.passwords]
}

run "a_certificate_that_is_none_is_refused" {
  command = plan

  variables {
    tls = {
      certificate = "tls.crt"
      key         = "tls.key"
      ca          = "ca.crt"
    }
  }

  expect_failures = [var.tls]
}
