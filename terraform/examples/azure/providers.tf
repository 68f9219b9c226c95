provider "azurerm" {
  subscription_id = var.subscription_id

  resource_provider_registrations = "core"
  resource_providers_to_register = [
    "Microsoft.Cache",
    "Microsoft.ContainerService",
    "Microsoft.DBforPostgreSQL",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
  ]

  features {}
}

locals {
  # The cluster has no accounts of its own: whoever runs this is a member of an admin group, logged in with `az login`.
  kubelogin = {
    api_version = "client.authentication.k8s.io/v1"
    command     = "kubelogin"
    # The server's id is the same for all clusters of this cloud.
    args = ["get-token", "--login", "azurecli", "--server-id", "6dae42f8-4368-4678-94ff-3960e28e3630"]
  }
}

provider "kubernetes" {
  host                   = module.cluster.host
  cluster_ca_certificate = module.cluster.ca_certificate

  exec {
    api_version = local.kubelogin.api_version
    command     = local.kubelogin.command
    args        = local.kubelogin.args
  }
}

provider "helm" {
  kubernetes = {
    host                   = module.cluster.host
    cluster_ca_certificate = module.cluster.ca_certificate
    exec                   = local.kubelogin
  }
}
