variable "name" {
  description = "The cluster's name: lower-case letters, digits and hyphens, at most 20."
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

variable "kubernetes_version" {
  description = "Kubernetes' minor version. Patches are installed by themselves."
  type        = string
  default     = "1.34"

  validation {
    condition     = can(regex("^1\\.[0-9]+$", var.kubernetes_version)) && try(tonumber(split(".", var.kubernetes_version)[1]) >= 30, false)
    error_message = "kubernetes_version: a minor version, 1.30 or later, which the chart needs."
  }
}

variable "nodes_subnet_id" {
  description = "The subnet of all nodes but the watchers'. A NAT gateway has to serve it."
  type        = string
}

variable "watchers_subnet_ids" {
  description = "The subnets of the watchers' nodes, by availability zone. NAT gateways have to serve them."
  type        = map(string)

  validation {
    condition     = length(var.watchers_subnet_ids) >= 3
    error_message = "watchers_subnet_ids: three zones or more: the event log's three copies are one in each."
  }
}

variable "pod_cidr" {
  description = "Addresses of pods; outside of the network's."
  type        = string
  default     = "10.244.0.0/16"

  validation {
    condition     = can(cidrhost(var.pod_cidr, 0))
    error_message = "pod_cidr: an IPv4 prefix."
  }
}

variable "service_cidr" {
  description = "Addresses of services; outside of the network's and the pods'."
  type        = string
  default     = "10.245.0.0/16"

  validation {
    condition     = can(cidrhost(var.service_cidr, 10))
    error_message = "service_cidr: an IPv4 prefix."
  }
}

variable "api_server_authorized_ranges" {
  description = "Who reaches the API server: prefixes. Include where Terraform runs."
  type        = set(string)

  validation {
    condition     = length(var.api_server_authorized_ranges) > 0 && alltrue([for range in var.api_server_authorized_ranges : can(cidrhost(range, 0)) && !endswith(range, "/0")])
    error_message = "api_server_authorized_ranges: at least one prefix, and not the whole internet."
  }
}

variable "admin_group_object_ids" {
  description = "Groups of Entra ID whose members administer the cluster. Nobody else can: it has no local accounts."
  type        = list(string)

  validation {
    condition     = length(var.admin_group_object_ids) > 0
    error_message = "admin_group_object_ids: at least one, else nobody gets in."
  }
}

variable "network_contributor_scopes" {
  description = "By a name of yours: ids of what else the cluster may use besides its subnets, such as the resource group of load balancers' addresses."
  type        = map(string)
  default     = {}
}

variable "pools" {
  description = "Sizes of machines and how many there are: of watchers and stores in each zone, else in all."
  type = object({
    system   = optional(object({ vm_size = optional(string, "Standard_D2ds_v5"), min = optional(number, 3), max = optional(number, 5) }), {})
    delivery = optional(object({ vm_size = optional(string, "Standard_D4ds_v5"), min = optional(number, 3), max = optional(number, 12) }), {})
    stores   = optional(object({ vm_size = optional(string, "Standard_D4ds_v5"), min = optional(number, 1), max = optional(number, 1) }), {})
    watchers = optional(object({ vm_size = optional(string, "Standard_D4ds_v5"), min = optional(number, 1), max = optional(number, 4) }), {})
  })
  default = {}

  validation {
    condition     = alltrue([for pool in values(var.pools) : pool.min >= 1 && pool.min <= pool.max])
    error_message = "pools: min is at least 1 and at most max."
  }

  validation {
    condition     = min(var.pools.system.min, var.pools.delivery.min) >= 3
    error_message = "pools: system and delivery have at least 3 machines, one in each zone."
  }
}

variable "tags" {
  description = "Tags of all objects."
  type        = map(string)
  default     = {}
}
