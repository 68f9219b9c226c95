{{/*
The test that sends mail through the release's own processes: where its mail server is, and what that shows.
*/}}

{{/* Whose certificate the mail server has: "made" with the evaluation set, or "given"; empty: there is no such test. */}}
{{- define "pushmail.test.mail" -}}
{{- if .Values.test.mail.enabled -}}
{{- if .Values.test.mail.existingSecret -}}
given
{{- else if and .Values.evaluation.enabled (not .Values.mailServers.ca.existingSecret) -}}
made
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The secret with that certificate. */}}
{{- define "pushmail.test.mail.secret" -}}
{{- .Values.test.mail.existingSecret | default (printf "%s-evaluation-mail" (include "pushmail.fullname" .)) -}}
{{- end -}}

{{- define "pushmail.test.mail.port" -}}9993{{- end -}}

{{/* By which name watchers find it: the certificate needs this one. */}}
{{- define "pushmail.test.mail.host" -}}
{{ include "pushmail.fullname" . }}-test-mail.{{ .Release.Namespace }}.svc
{{- end -}}

{{/* Where pods are, unless their addresses are public. */}}
{{- define "pushmail.test.mail.networks" -}}
["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]
{{- end -}}
