# The chart's values as a function of inputs, without any provider: what `helm template` can be tried with.
locals {
  nowhere = { nodeSelector = {}, tolerations = [] }
  cluster = { type = "ClusterIP", annotations = {} }

  values = {
    image     = var.image
    masterKey = { existingSecret = var.secrets.master_key }
    adminKey  = { existingSecret = var.secrets.admin_key }
    tls       = { existingSecret = var.secrets.tls, caKey = var.secrets.tls_ca_key }
    postgresql = {
      existingSecret = var.secrets.postgresql
      ca             = { existingSecret = var.secrets.postgresql_ca }
    }
    redis = {
      existingSecret = var.secrets.redis
      ca             = { existingSecret = var.secrets.redis_ca }
    }
    nats = {
      servers    = var.nats_servers
      requireTls = true
      ca         = { existingSecret = var.secrets.nats_ca }
      auth = {
        method   = "password"
        control  = { existingSecret = var.secrets.nats_roles.control }
        delivery = { existingSecret = var.secrets.nats_roles.delivery }
        watcher  = { existingSecret = var.secrets.nats_roles.watcher }
      }
    }
    config = merge({ log = { format = "json" } }, var.settings)

    control = merge(lookup(var.placement, "control", local.nowhere), {
      replicas = var.control.replicas
      service  = lookup(var.services, "control", local.cluster)
    })
    delivery = merge(lookup(var.placement, "delivery", local.nowhere), {
      replicas    = var.delivery.min
      autoscaling = { enabled = true, minReplicas = var.delivery.min, maxReplicas = var.delivery.max }
      service     = lookup(var.services, "delivery", local.cluster)
    })
    watcher = merge(lookup(var.placement, "watcher", local.nowhere), {
      # Without the operator.
      replicas = var.watcher.min
      pool = {
        targetAccountsPerWorker = var.watcher.accounts
        minWorkers              = var.watcher.min
        maxWorkers              = var.watcher.max
      }
    })
    operator = merge(lookup(var.placement, "control", local.nowhere), { enabled = var.operator.enabled })

    # A zone may go, and no role goes with it.
    topologySpread = {
      keys              = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
      whenUnsatisfiable = "ScheduleAnyway"
    }
    podDisruptionBudget = { enabled = true }
    networkPolicy = {
      enabled     = true
      storePorts  = var.store_ports
      metricsFrom = var.monitoring.metrics_from
    }
    podMonitor        = { enabled = var.monitoring.enabled }
    prometheusRule    = { enabled = var.monitoring.enabled }
    grafanaDashboards = { enabled = var.monitoring.enabled }
    evaluation        = { enabled = false }
  }
}
