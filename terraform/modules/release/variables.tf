variable "name" {
  description = "The release's name."
  type        = string
  default     = "pushmail"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}$", var.name))
    error_message = "name: at most 31 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "namespace" {
  description = "The namespace, which is there already."
  type        = string
}

variable "charts" {
  description = "The folder that has the charts pushmail and pushmail-crds; none: this tree's."
  type        = string
  default     = null
}

variable "image" {
  description = "Your image of pushmail, and its tag; none: the chart's version."
  type        = object({ repository = string, tag = optional(string, "") })

  validation {
    condition     = can(regex("^[a-z0-9.:/_-]+$", var.image.repository)) && var.image.tag != "latest"
    error_message = "image: a repository, and a tag that does not move."
  }
}

variable "secrets" {
  description = "What the fleet has to keep to itself: `pushmail master-key`, `pushmail admin-key`, and the URLs of PostgreSQL and Redis. They are in no plan, in no state and in no values. Keep a copy of the master key elsewhere."
  type        = object({ master_key = string, admin_key = string, postgresql_url = string, redis_url = string })
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = can(regex("^postgres(ql)?://", var.secrets.postgresql_url))
    error_message = "secrets: postgresql_url begins with postgres://."
  }

  validation {
    condition     = can(regex("^rediss(\\+[a-z]+)?://", var.secrets.redis_url))
    error_message = "secrets: redis_url begins with rediss://, that is with TLS."
  }

  validation {
    condition     = length(var.secrets.master_key) >= 32 && length(var.secrets.admin_key) >= 32
    error_message = "secrets: master_key and admin_key are what pushmail prints, 32 characters or more."
  }
}

variable "tls" {
  description = "The listeners' certificate as PEM, its key, and the authority that signed it; no authority: a public one."
  type        = object({ certificate = string, key = string, ca = optional(string, "") })
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = can(regex("BEGIN CERTIFICATE", var.tls.certificate)) && can(regex("PRIVATE KEY", var.tls.key))
    error_message = "tls: certificate and key in PEM."
  }
}

variable "tls_is_public" {
  description = "Whether a public authority signed the listeners' certificate; else tls.ca is needed."
  type        = bool
  default     = false
}

variable "secrets_revision" {
  description = "Raise it by one when a secret or the certificate changes. Then restart the pods: they read them when they start."
  type        = number
  default     = 1

  validation {
    condition     = var.secrets_revision >= 1
    error_message = "secrets_revision: 1 or more."
  }
}

variable "authorities" {
  description = "PEM of the authorities that signed PostgreSQL's and Redis' certificates; no secrets. With PostgreSQL's its name is verified."
  type        = object({ postgresql = string, redis = optional(string, "") })

  validation {
    condition     = can(regex("BEGIN CERTIFICATE", var.authorities.postgresql))
    error_message = "authorities: postgresql in PEM, else anybody could be the server."
  }
}

variable "nats" {
  description = "NATS' servers, and the names of the secrets with the roles' users and with the authority (outputs of the module nats)."
  type = object({
    servers      = list(string)
    role_secrets = object({ control = string, delivery = string, watcher = string })
    ca_secret    = string
  })

  validation {
    condition     = length(var.nats.servers) >= 3 && alltrue([for server in var.nats.servers : startswith(server, "tls://")])
    error_message = "nats: three servers or more, each tls://."
  }
}

variable "redis_port" {
  description = "Redis' port, for NetworkPolicies."
  type        = number
  default     = 6379
}

variable "services" {
  description = "By role, control and delivery: the service's type and annotations (an output of the module dns); not named: within the cluster."
  type        = map(object({ type = string, annotations = map(string) }))
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.services), ["control", "delivery"])) == 0
    error_message = "services: of control and delivery; a watcher serves nobody."
  }
}

variable "placement" {
  description = "By role, control, delivery and watcher: nodeSelector and tolerations."
  type = map(object({
    nodeSelector = map(string)
    tolerations  = list(map(string))
  }))
  default = {}

  validation {
    condition     = length(setsubtract(keys(var.placement), ["control", "delivery", "watcher"])) == 0
    error_message = "placement: of control, delivery and watcher."
  }
}

variable "control" {
  description = "How many pods of control."
  type        = object({ replicas = optional(number, 3) })
  default     = {}

  validation {
    condition     = var.control.replicas >= 2
    error_message = "control: 2 or more."
  }
}

variable "delivery" {
  description = "How many pods of delivery, by load."
  type        = object({ min = optional(number, 3), max = optional(number, 24) })
  default     = {}

  validation {
    condition     = var.delivery.min >= 2 && var.delivery.max >= var.delivery.min
    error_message = "delivery: min is 2 or more, and at most max."
  }
}

variable "watcher" {
  description = "How many watchers there are at least and at most, and for how many mailboxes each is. One holds twice as many when another has died."
  type        = object({ min = optional(number, 3), max = optional(number, 50), accounts = optional(number, 20000) })
  default     = {}

  validation {
    condition     = var.watcher.min >= 2 && var.watcher.max >= var.watcher.min
    error_message = "watcher: min is 2 or more, so that one may die, and at most max."
  }

  validation {
    condition     = var.watcher.accounts >= 1
    error_message = "watcher: accounts is 1 or more."
  }
}

variable "operator" {
  description = "Whether the operator sizes and replaces the watchers, else there are watcher.min of them; and whether its definitions are installed, which a cluster has once."
  type        = object({ enabled = optional(bool, true), definitions = optional(bool, true) })
  default     = {}
}

variable "settings" {
  description = "Settings of pushmail, as docs/configuration.md names them. No secrets: they are in the values."
  type        = any
  default     = {}

  validation {
    condition     = !can(regex("(?i)(password|secret|credentials|BEGIN [A-Z ]*PRIVATE KEY|://[^/\"]*:[^/\"]*@)", jsonencode(var.settings)))
    error_message = "settings: something looks like a secret; those go into `secrets`."
  }
}

variable "monitoring" {
  description = "Whether Prometheus' operator is there, and the peers of a NetworkPolicy that read metrics."
  type        = object({ enabled = bool, metrics_from = any })
  default     = { enabled = false, metrics_from = [] }
}
