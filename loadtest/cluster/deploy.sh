helm upgrade --install pushmail-crds charts/pushmail-crds
helm install mail charts/pushmail --namespace mail --create-namespace --wait \
  --set image.repository=registry.example.org/pushmail --set evaluation.enabled=true --set operator.enabled=true
helm test mail --namespace mail
