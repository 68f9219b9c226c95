variable "name" {
  description = "What the names of all objects begin with."
  type        = string
}

variable "resource_group_name" {
  description = "The resource group that everything is put into."
  type        = string
}

variable "location" {
  description = "The region."
  type        = string
}

variable "subnets" {
  description = "By a name of yours: a subnet, and the zone that its way out is in. Whatever is in the subnet has its addresses."
  type = map(object({
    id   = string
    zone = string
  }))

  validation {
    condition     = length(var.subnets) > 0
    error_message = "subnets: at least one."
  }
}

variable "addresses_per_subnet" {
  description = "How many addresses each subnet has. One carries 64,512 connections to one mail server; with more, an account's source address changes from connection to connection."
  type        = number
  default     = 1

  validation {
    condition     = var.addresses_per_subnet >= 1 && var.addresses_per_subnet <= 16 && floor(var.addresses_per_subnet) == var.addresses_per_subnet
    error_message = "addresses_per_subnet: 1 to 16, which is what a NAT gateway takes."
  }
}

variable "tags" {
  description = "Tags of all objects."
  type        = map(string)
  default     = {}
}
