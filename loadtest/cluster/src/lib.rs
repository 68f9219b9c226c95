//! A Kubernetes cluster of real parts on one machine, and the test that installs the chart on it.
//!
//! **Real** are etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kube-proxy ([`plane`]), helm and kubectl.
//! **Its own** is the node agent ([`node`]), which stands for the kubelet of all nodes: it runs each container of each pod as a
//! process by `runc`, in a network namespace of the pod, with the security context, volumes and probes that the pod asks for.
//! Names of services are in each container's `/etc/hosts`; there is no DNS.
//!
//! All of it runs in namespaces of its own ([`outside`]): nothing listens on the machine's network, and all ends with the first
//! process.
//!
//! [`scenario`] is what is done on it: install, upgrade, scale, roll back, uninstall, with mail going through.

pub mod node;
pub mod outside;
pub mod plane;
pub mod scenario;
mod shell;
mod tools;

pub use tools::Tools;
