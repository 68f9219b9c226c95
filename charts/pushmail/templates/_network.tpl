{{/*
Rules of network policies that several parts have.
*/}}

{{/* Prometheus reads /metrics; the kubelet's probes need no rule. */}}
{{- define "pushmail.ingress.metrics" -}}
{{- if and .Values.podMonitor.enabled (not .Values.networkPolicy.metricsFrom) -}}
{{- fail "networkPolicy.metricsFrom: name the pods of Prometheus, else podMonitor.enabled finds nothing to read" -}}
{{- end -}}
{{- with .Values.networkPolicy.metricsFrom -}}
- from:
    {{- toYaml . | nindent 4 }}
  ports:
    - port: admin
{{- end }}
{{- end -}}

{{/* Pods of this release. Takes a dict: root, components. */}}
{{- define "pushmail.peer" -}}
podSelector:
  matchLabels:
    app.kubernetes.io/name: {{ include "pushmail.name" .root }}
    app.kubernetes.io/instance: {{ .root.Release.Name }}
  matchExpressions:
    - {key: app.kubernetes.io/component, operator: In, values: {{ toJson .components }}}
{{- end -}}

{{/* Names, and the stores. */}}
{{- define "pushmail.egress.stores" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
{{- if .Values.evaluation.enabled }}
{{- range $store, $port := dict "nats" 4222 "redis" 6379 "postgresql" 5432 }}
- to:
    - {{ include "pushmail.peer" (dict "root" $ "components" (list $store)) | nindent 6 | trim }}
  ports:
    - port: {{ $port }}
{{- end }}
{{- else }}
- ports:
    {{- range .Values.networkPolicy.storePorts }}
    - port: {{ . }}
    {{- end }}
  {{- with .Values.networkPolicy.stores }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Mail servers, at any port: in the public internet, and where the settings allow them. */}}
{{- define "pushmail.egress.mail" -}}
- ports:
    - protocol: TCP
  to:
    - ipBlock:
        cidr: 0.0.0.0/0
        except: [10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]
    - ipBlock:
        cidr: "::/0"
        except: ["fc00::/7", "fe80::/10"]
    {{- range (dig "upstream" "allow_networks" list .Values.config) }}
    - ipBlock:
        cidr: {{ . | quote }}
    {{- end }}
{{- end -}}
