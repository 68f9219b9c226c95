variable "name" {
  description = "The server's name: unique in the whole cloud; 3 to 63 lower-case letters, digits and hyphens."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name: 3 to 63 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "resource_group_name" {
  description = "The resource group that everything is put into."
  type        = string
}

variable "location" {
  description = "The region."
  type        = string
}

variable "network_id" {
  description = "The network in which the server's name is known."
  type        = string
}

variable "subnet_id" {
  description = "A subnet that is delegated to PostgreSQL's servers."
  type        = string
}

variable "zones" {
  description = "The server's availability zone, and its standby's."
  type        = object({ primary = string, standby = string })
  default     = { primary = "1", standby = "2" }

  validation {
    condition     = var.zones.primary != var.zones.standby
    error_message = "zones: two different ones, else both servers go at once."
  }
}

variable "postgresql_version" {
  description = "PostgreSQL's major version, 15 or later."
  type        = string
  default     = "17"

  validation {
    condition     = contains(["15", "16", "17", "18"], var.postgresql_version)
    error_message = "postgresql_version: 15, 16, 17 or 18."
  }
}

variable "sku_name" {
  description = "Tier and machine. Burstable ones (B_…) have no standby."
  type        = string
  default     = "GP_Standard_D2ds_v5"

  validation {
    condition     = can(regex("^(GP|MO)_Standard_", var.sku_name))
    error_message = "sku_name: general purpose (GP_Standard_…) or memory optimised (MO_Standard_…): burstable machines have no standby."
  }
}

variable "storage_mb" {
  description = "Storage, in MB. It grows by itself and never shrinks."
  type        = number
  default     = 131072
}

variable "backup_retention_days" {
  description = "For so many days the server can be put back to any point in time."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_retention_days >= 7 && var.backup_retention_days <= 35
    error_message = "backup_retention_days: 7 to 35."
  }
}

variable "geo_redundant_backup" {
  description = "Whether backups are kept in another region too. Changing it makes a new server."
  type        = bool
  default     = true
}

variable "password" {
  description = "The password of the user \"pushmail\": 16 to 128 letters and digits. It is in no plan and in no state."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9]{16,128}$", var.password)) && can(regex("[A-Z]", var.password)) && can(regex("[a-z]", var.password)) && can(regex("[0-9]", var.password))
    error_message = "password: 16 to 128 letters and digits, of both cases, with a digit. It becomes a part of a URL."
  }
}

variable "password_revision" {
  description = "Raise it by one when the password changes."
  type        = number
  default     = 1
}

variable "tags" {
  description = "Tags of all objects."
  type        = map(string)
  default     = {}
}
