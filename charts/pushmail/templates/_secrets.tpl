{{/*
Which secret, and which key of it, holds what. With the evaluation set some are made by the chart.
*/}}

{{- define "pushmail.evaluation.secret" -}}
{{ include "pushmail.fullname" . }}-evaluation
{{- end -}}

{{/* A key of a secret. Takes a dict: root, given (existingSecret, key), own (its key in the evaluation's secret), path (in the values). */}}
{{- define "pushmail.secretKey" -}}
{{- if .given.existingSecret -}}
name: {{ .given.existingSecret }}
key: {{ .given.key }}
{{- else if .root.Values.evaluation.enabled -}}
name: {{ include "pushmail.evaluation.secret" .root }}
key: {{ .own }}
{{- else -}}
name: {{ required (printf "%s.existingSecret: name the secret, or try the evaluation set (evaluation.enabled)" .path) .given.existingSecret }}
key: {{ .given.key }}
{{- end -}}
{{- end -}}

{{/* The secret with the certificate of the listeners. */}}
{{- define "pushmail.tls.secret" -}}
{{- if .Values.tls.existingSecret -}}
{{- .Values.tls.existingSecret -}}
{{- else if .Values.evaluation.enabled -}}
{{- include "pushmail.fullname" . }}-evaluation-tls
{{- else -}}
{{- required "tls.existingSecret: name the secret with the listeners' certificate, or try the evaluation set (evaluation.enabled)" .Values.tls.existingSecret -}}
{{- end -}}
{{- end -}}

{{/* The key of that secret that has the authority which signed it; empty if it is a public one. */}}
{{- define "pushmail.tls.caKey" -}}
{{- if .Values.tls.existingSecret -}}
{{- .Values.tls.caKey -}}
{{- else -}}
ca.crt
{{- end -}}
{{- end -}}

{{/* The admin key, as name and key of a secret. */}}
{{- define "pushmail.adminKey" -}}
{{- include "pushmail.secretKey" (dict "root" . "given" .Values.adminKey "own" "admin-key" "path" "adminKey") -}}
{{- end -}}
