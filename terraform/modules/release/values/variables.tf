variable "image" {
  description = "The image: repository, and tag; an empty tag is the chart's."
  type        = object({ repository = string, tag = string })
}

variable "secrets" {
  description = "Names of secrets, none of what is in them. An empty one of an authority: a public one."
  type = object({
    master_key    = string
    admin_key     = string
    tls           = string
    tls_ca_key    = string
    postgresql    = string
    postgresql_ca = string
    redis         = string
    redis_ca      = string
    nats_roles    = object({ control = string, delivery = string, watcher = string })
    nats_ca       = string
  })
}

variable "nats_servers" {
  description = "URLs of NATS' servers."
  type        = list(string)
}

variable "store_ports" {
  description = "Ports of PostgreSQL, Redis and NATS."
  type        = list(number)
}

variable "services" {
  description = "By role, control and delivery: the service's type and annotations."
  type        = map(object({ type = string, annotations = map(string) }))
}

variable "placement" {
  description = "By role: nodeSelector and tolerations."
  type = map(object({
    nodeSelector = map(string)
    tolerations  = list(map(string))
  }))
}

variable "control" {
  description = "How many pods of control."
  type        = object({ replicas = number })
}

variable "delivery" {
  description = "How many pods of delivery, by load."
  type        = object({ min = number, max = number })
}

variable "watcher" {
  description = "How many watchers, and for how many mailboxes each is."
  type        = object({ min = number, max = number, accounts = number })
}

variable "operator" {
  description = "Whether the operator sizes and replaces the watchers."
  type        = object({ enabled = bool })
}

variable "settings" {
  description = "Settings of pushmail, as docs/configuration.md names them."
  type        = any
}

variable "monitoring" {
  description = "Whether Prometheus' operator is there, and the peers that read metrics."
  type        = object({ enabled = bool, metrics_from = any })
}
