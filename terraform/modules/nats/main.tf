locals {
  name  = "nats"
  roles = toset(["control", "delivery", "watcher"])

  values = yamlencode({
    fullnameOverride = local.name
    image            = var.image
    replicas         = var.replicas
    storage = {
      className = var.storage.class
      size      = "${var.storage.size_gib}Gi"
      # A full stream only refuses events, a full disk stops the server.
      maxFileStore = "${floor(var.storage.size_gib * 1024 * 9 / 10)}Mi"
    }
    memory          = var.memory
    usersSecret     = kubernetes_secret_v1.users.metadata[0].name
    tlsSecret       = kubernetes_secret_v1.tls.metadata[0].name
    secretsRevision = tostring(var.secrets_revision)
    nodeSelector    = var.placement.nodeSelector
    tolerations     = var.placement.tolerations
    # Who may do what is the chart's to say; it names variables, no passwords.
    users = file("${path.module}/../../../charts/pushmail/files/nats-users.conf")
  })
}

# What the servers know of the users.
resource "kubernetes_secret_v1" "users" {
  metadata {
    name      = "${local.name}-users"
    namespace = var.namespace
  }

  data_wo = {
    NATS_CONTROL  = var.passwords.control
    NATS_DELIVERY = var.passwords.delivery
    NATS_WATCHER  = var.passwords.watcher
  }
  data_wo_revision = var.secrets_revision
}

# What each role knows: itself.
resource "kubernetes_secret_v1" "role" {
  for_each = local.roles

  metadata {
    name      = "${local.name}-${each.key}"
    namespace = var.namespace
  }

  data_wo = {
    user     = each.key
    password = var.passwords[each.key]
  }
  data_wo_revision = var.secrets_revision
}

resource "kubernetes_secret_v1" "tls" {
  metadata {
    name      = "${local.name}-tls"
    namespace = var.namespace
  }

  type = "kubernetes.io/tls"
  data_wo = {
    "tls.crt" = var.tls.certificate
    "tls.key" = var.tls.key
    "ca.crt"  = var.tls.ca
  }
  data_wo_revision = var.secrets_revision
}

resource "helm_release" "this" {
  name      = local.name
  namespace = var.namespace
  chart     = "${path.module}/chart"
  values    = [local.values]
  timeout   = 900
  atomic    = true
}
