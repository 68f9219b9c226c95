variable "name" {
  description = "What the names of all objects begin with."
  type        = string
}

variable "resource_group_name" {
  description = "The resource group that the addresses are put into. The cluster's identity needs the role Network Contributor in it."
  type        = string
}

variable "location" {
  description = "The region."
  type        = string
}

variable "zone" {
  description = "The DNS zone, which is there already, and its resource group."
  type        = object({ name = string, resource_group_name = string })
}

variable "records" {
  description = "By role, delivery and control: the record's name in the zone, and who may call; nobody named: everybody."
  type = map(object({
    name           = string
    allowed_ranges = optional(list(string), [])
  }))

  validation {
    condition     = length(setsubtract(keys(var.records), ["delivery", "control"])) == 0 && contains(keys(var.records), "delivery")
    error_message = "records: of delivery, and of control if it is called from outside; nothing else serves anybody."
  }

  validation {
    condition     = length(distinct([for record in values(var.records) : record.name])) == length(var.records)
    error_message = "records: each a name of its own."
  }

  validation {
    condition     = alltrue(flatten([for record in values(var.records) : [for range in record.allowed_ranges : can(cidrhost(range, 0))]]))
    error_message = "records: allowed_ranges are prefixes, such as 198.51.100.0/24."
  }
}

variable "ttl" {
  description = "How long others may remember the records, in seconds."
  type        = number
  default     = 300

  validation {
    condition     = var.ttl >= 30
    error_message = "ttl: 30 seconds or more."
  }
}

variable "tags" {
  description = "Tags of all objects."
  type        = map(string)
  default     = {}
}
