{{/* The chart's name. */}}
{{- define "pushmail.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* What the names of all objects begin with; 40 characters leave room for their ends. */}}
{{- define "pushmail.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "pushmail.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "pushmail.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What finds the pods of a part. Takes a dict: root, component. */}}
{{- define "pushmail.selector" -}}
app.kubernetes.io/name: {{ include "pushmail.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* All labels of an object. Takes a dict: root, component. */}}
{{- define "pushmail.labels" -}}
{{ include "pushmail.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: pushmail
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Name, namespace and labels of an object. Takes a dict: root, component, name. */}}
{{- define "pushmail.metadata" -}}
name: {{ .name | default (printf "%s-%s" (include "pushmail.fullname" .root) .component) }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "pushmail.labels" . | nindent 2 }}
{{- end -}}

{{- define "pushmail.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "pushmail.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "pushmail.image" -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end -}}

{{/* The port of gRPC in the pods, and that of the admin endpoint. */}}
{{- define "pushmail.port.grpc" -}}7443{{- end -}}
{{- define "pushmail.port.admin" -}}7480{{- end -}}

{{/* Where the pods have their own directory, the settings, and what comes from secrets. */}}
{{- define "pushmail.path.data" -}}/var/lib/pushmail{{- end -}}
{{- define "pushmail.path.etc" -}}/etc/pushmail{{- end -}}

{{/* Where control is called inside of the cluster: the certificate needs this name. */}}
{{- define "pushmail.control.url" -}}
{{ printf "https://%s-control.%s.svc:%d" (include "pushmail.fullname" .) .Release.Namespace (int .Values.control.service.port) }}
{{- end -}}

{{/* Where delivery is, inside of the cluster. */}}
{{- define "pushmail.delivery.url" -}}
{{ printf "https://%s-delivery.%s.svc:%d" (include "pushmail.fullname" .) .Release.Namespace (int .Values.delivery.service.port) }}
{{- end -}}

{{/* What `pushmail ctl` needs in a pod to reach control. */}}
{{- define "pushmail.ctl.args" -}}
- ctl
- --endpoint={{ include "pushmail.control.url" . }}
- --key-file={{ include "pushmail.path.etc" . }}/admin/admin.key
{{- with include "pushmail.tls.caKey" . }}
- --gateway-ca={{ include "pushmail.path.etc" $ }}/tls/{{ . }}
{{- end }}
{{- end -}}
