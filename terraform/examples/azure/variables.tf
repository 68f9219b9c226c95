variable "subscription_id" {
  description = "The subscription that everything is paid by."
  type        = string
}

variable "name" {
  description = "What the names of all objects begin with; PostgreSQL's and Redis' are unique in the whole cloud."
  type        = string
  default     = "pushmail"
}

variable "location" {
  description = "The region; it needs three availability zones."
  type        = string
}

variable "zones" {
  description = "The region's availability zones."
  type        = list(string)
  default     = ["1", "2", "3"]
}

variable "administrators" {
  description = "Who administers: groups of Entra ID, and the prefixes that they come from. Include where Terraform runs."
  type        = object({ group_object_ids = list(string), ranges = set(string) })
}

variable "dns" {
  description = "The DNS zone, which is there already, and its resource group; the names in it; who may call control."
  type = object({
    zone           = object({ name = string, resource_group_name = string })
    delivery       = optional(string, "push")
    control        = optional(string, "control")
    control_ranges = list(string)
  })
}

variable "image" {
  description = "Your image of pushmail, in a registry that the cluster can read."
  type        = object({ repository = string, tag = optional(string, "") })
}

variable "secrets" {
  description = "What `pushmail master-key` and `pushmail admin-key` print, and passwords of PostgreSQL's user and of NATS' users. They are in no plan and in no state."
  type = object({
    master_key          = string
    admin_key           = string
    postgresql_password = string
    nats_passwords      = object({ control = string, delivery = string, watcher = string })
  })
  sensitive = true
  ephemeral = true
}

variable "certificates" {
  description = "PEM: the listeners' certificate, valid for the two names and pushmail-control.mail.svc; NATS' own, valid for *.nats-headless.mail.svc. Each with its key and its authority."
  type = object({
    listeners = object({ certificate = string, key = string, ca = optional(string, "") })
    nats      = object({ certificate = string, key = string, ca = string })
  })
  sensitive = true
  ephemeral = true
}

variable "listeners_certificate_is_public" {
  description = "Whether a public authority signed the listeners' certificate."
  type        = bool
  default     = false
}

variable "postgresql_authorities" {
  description = "PEM of the authorities that sign PostgreSQL's certificates in this cloud: the provider publishes them."
  type        = string
}

variable "secrets_revision" {
  description = "Raise it by one when anything of `secrets` or `certificates` changes."
  type        = number
  default     = 1
}

variable "mailboxes" {
  description = "How many mailboxes the fleet is for. It says how many watchers there are at most, and machines for them."
  type        = number
  default     = 40000

  validation {
    condition     = var.mailboxes >= 1 && var.mailboxes <= 1000000
    error_message = "mailboxes: 1 to 1,000,000."
  }
}

variable "settings" {
  description = "Settings of pushmail, as docs/configuration.md names them."
  type        = any
  default     = {}
}

variable "tags" {
  description = "Tags of all objects."
  type        = map(string)
  default     = {}
}
