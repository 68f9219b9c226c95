variable "name" {
  description = "What the names of all objects begin with: lower-case letters, digits and hyphens, at most 20."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,18}[a-z0-9]$", var.name))
    error_message = "name: 2 to 20 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "resource_group_name" {
  description = "The resource group that everything is put into."
  type        = string
}

variable "location" {
  description = "The region; it needs three availability zones."
  type        = string
}

variable "zones" {
  description = "The availability zones. Each gets a subnet of its own for watchers."
  type        = list(string)
  default     = ["1", "2", "3"]

  validation {
    condition     = length(distinct(var.zones)) == length(var.zones) && length(var.zones) >= 3
    error_message = "zones: three or more different ones: the event log's three copies are one in each."
  }
}

variable "address_space" {
  description = "The network's addresses: an IPv4 prefix of 16 bits."
  type        = string
  default     = "10.64.0.0/16"

  validation {
    condition     = can(cidrhost(var.address_space, 0)) && endswith(var.address_space, "/16")
    error_message = "address_space: an IPv4 prefix of 16 bits, such as 10.64.0.0/16."
  }
}

variable "tags" {
  description = "Tags of all objects."
  type        = map(string)
  default     = {}
}
