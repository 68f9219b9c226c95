variable "name" {
  description = "The name: unique in the region; 3 to 63 lower-case letters, digits and hyphens."
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
  description = "The network in which the name is known."
  type        = string
}

variable "subnet_id" {
  description = "The subnet that the private endpoint is put into."
  type        = string
}

variable "sku_name" {
  description = "Tier and size. A fleet needs little: leases, login tokens and when devices were seen."
  type        = string
  default     = "Balanced_B1"
}

variable "tags" {
  description = "Tags of all objects."
  type        = map(string)
  default     = {}
}
