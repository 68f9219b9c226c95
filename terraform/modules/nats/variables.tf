variable "namespace" {
  description = "The namespace, which is there already. It is the release's too: the roles' secrets are in it."
  type        = string
}

variable "image" {
  description = "NATS' image, 2.12 or later."
  type        = string
  default     = "nats:2.15.1"

  validation {
    condition     = can(regex(":[0-9]", var.image)) || can(regex("@sha256:", var.image))
    error_message = "image: name a version: the servers of a cluster are not to differ."
  }
}

variable "replicas" {
  description = "How many servers: 3 or 5. Each event is on three of them."
  type        = number
  default     = 3

  validation {
    condition     = contains([3, 5], var.replicas)
    error_message = "replicas: 3 or 5: a majority has to outlive one server."
  }
}

variable "storage" {
  description = "Each server's disk: gibibytes, and the storage class. The log takes nine tenths of it, and refuses events when that is full."
  type = object({
    size_gib = optional(number, 64)
    class    = optional(string, "managed-csi-premium")
  })
  default = {}

  validation {
    condition     = var.storage.size_gib >= 8 && floor(var.storage.size_gib) == var.storage.size_gib
    error_message = "storage: size_gib is a whole number, 8 or more."
  }
}

variable "memory" {
  description = "Each server's memory, as Kubernetes writes it. NATS keeps the subjects of all accounts in it."
  type        = string
  default     = "4Gi"

  validation {
    condition     = can(regex("^[0-9]+(Mi|Gi)$", var.memory))
    error_message = "memory: such as 4Gi."
  }
}

variable "placement" {
  description = "nodeSelector and tolerations of the machines for stores."
  type = object({
    nodeSelector = optional(map(string), {})
    tolerations  = optional(list(map(string)), [])
  })
  default = {}
}

variable "passwords" {
  description = "What each role shows itself with: 16 letters and digits or more. They are in no plan and in no state."
  type        = object({ control = string, delivery = string, watcher = string })
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = alltrue([for password in values(var.passwords) : can(regex("^[A-Za-z][A-Za-z0-9]{15,}$", password))])
    error_message = "passwords: 16 letters and digits or more, a letter first: NATS takes others for something else."
  }

  validation {
    condition     = length(distinct(values(var.passwords))) == 3
    error_message = "passwords: three different ones."
  }
}

variable "tls" {
  description = "PEM: a certificate that is valid for *.nats-headless.NAMESPACE.svc, for servers and clients, its key, and the authority that signed it."
  type        = object({ certificate = string, key = string, ca = string })
  sensitive   = true
  ephemeral   = true

  validation {
    condition = alltrue([
      can(regex("BEGIN CERTIFICATE", var.tls.certificate)),
      can(regex("BEGIN CERTIFICATE", var.tls.ca)),
      can(regex("PRIVATE KEY", var.tls.key)),
    ])
    error_message = "tls: certificate, key and ca in PEM."
  }
}

variable "secrets_revision" {
  description = "Raise it by one when a password or the certificate changes: secrets are written again and the servers restarted, one by one."
  type        = number
  default     = 1

  validation {
    condition     = var.secrets_revision >= 1
    error_message = "secrets_revision: 1 or more."
  }
}
