{{/*
What the stores of the evaluation set have in common. Each is one pod.
*/}}

{{/* The head of a store's StatefulSet, up to its pod's containers. Takes a dict: root, component, user, config (its files, if it has some). */}}
{{- define "pushmail.evaluation.statefulset" -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  {{- include "pushmail.metadata" . | nindent 2 }}
spec:
  replicas: 1
  serviceName: {{ include "pushmail.fullname" .root }}-{{ .component }}
  selector:
    matchLabels:
      {{- include "pushmail.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "pushmail.labels" . | nindent 8 }}
      {{- with .config }}
      annotations:
        # Other users make another pod.
        checksum/config: {{ sha256sum . }}
      {{- end }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with include "pushmail.pullSecrets" .root }}
      {{- . | nindent 6 }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        runAsUser: {{ .user }}
        runAsGroup: {{ .user }}
        fsGroup: {{ .user }}
        seccompProfile:
          type: RuntimeDefault
{{- end -}}

{{/* The service by which a store is found. Takes a dict: root, component, port. */}}
{{- define "pushmail.evaluation.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "pushmail.metadata" . | nindent 2 }}
spec:
  selector:
    {{- include "pushmail.selector" . | nindent 4 }}
  ports:
    - name: {{ .component }}
      port: {{ .port }}
      targetPort: {{ .component }}
{{- end -}}

{{/* Only the roles reach a store. Takes a dict: root, component. */}}
{{- define "pushmail.evaluation.networkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "pushmail.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "pushmail.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - {{ include "pushmail.peer" (dict "root" .root "components" (list "control" "delivery" "watcher")) | nindent 10 | trim }}
      ports:
        - port: {{ .component }}
{{- end -}}

{{/* Where a store keeps its data: a claim, or nothing that lasts. Follows the pod's volumes. */}}
{{- define "pushmail.evaluation.claim" -}}
{{- with .Values.evaluation.persistence -}}
{{- if .enabled -}}
volumeClaimTemplates:
  - metadata:
      name: data
    spec:
      accessModes: [ReadWriteOnce]
      {{- with .storageClassName }}
      storageClassName: {{ . }}
      {{- end }}
      resources:
        requests:
          storage: {{ .size }}
{{- end }}
{{- end }}
{{- end -}}
