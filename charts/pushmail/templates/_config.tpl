{{/*
The settings as TOML: what `config` has, and what follows from other values.
*/}}

{{- define "pushmail.config" -}}
{{- $etc := include "pushmail.path.etc" . -}}
{{- $nats := dict -}}
{{- if .Values.evaluation.enabled -}}
{{- $_ := set $nats "servers" (list (printf "nats://%s-nats:4222" (include "pushmail.fullname" .))) -}}
{{- $_ := set $nats "replicas" 1 -}}
{{- else -}}
{{- $_ := required "nats.servers: name the NATS servers, or try the evaluation set (evaluation.enabled)" (first .Values.nats.servers) -}}
{{- $_ := set $nats "servers" .Values.nats.servers -}}
{{- if .Values.nats.requireTls -}}
{{- $_ := set $nats "require_tls" true -}}
{{- end -}}
{{- if .Values.nats.ca.existingSecret -}}
{{- $_ := set $nats "ca_file" (printf "%s/nats-ca/%s" $etc .Values.nats.ca.key) -}}
{{- end -}}
{{- if eq .Values.nats.auth.method "credentials" -}}
{{- $_ := set $nats "credentials_file" (printf "%s/nats/%s" $etc .Values.nats.auth.keys.credentials) -}}
{{- end -}}
{{- end -}}
{{- $own := dict
  "listen" (dict
    "grpc" (printf "%s:%s" .Values.listen.address (include "pushmail.port.grpc" .))
    "admin" (printf "%s:%s" .Values.listen.address (include "pushmail.port.admin" .)))
  "tls" (dict
    "certificate" (printf "%s/tls/tls.crt" $etc)
    "key" (printf "%s/tls/tls.key" $etc))
  "eventlog" (dict "nats" $nats)
-}}
{{- if .Values.redis.ca.existingSecret -}}
{{- $_ := set $own "leases" (dict "ca_file" (printf "%s/redis-ca/%s" $etc .Values.redis.ca.key)) -}}
{{- end -}}
{{- if .Values.mailServers.ca.existingSecret -}}
{{- $_ := set $own "upstream" (dict "ca_file" (printf "%s/mail-ca/%s" $etc .Values.mailServers.ca.key)) -}}
{{- else if eq (include "pushmail.test.mail" .) "made" -}}
{{- $networks := include "pushmail.test.mail.networks" . | fromYamlArray -}}
{{- $_ := set $own "upstream" (dict
  "ca_file" (printf "%s/mail-ca/ca.crt" $etc)
  "allow_networks" (concat (dig "upstream" "allow_networks" list .Values.config) $networks | uniq)) -}}
{{- end -}}
{{- include "pushmail.toml" (dict "path" "" "table" (merge $own (deepCopy .Values.config))) | trim -}}
{{- end -}}

{{/* A table's own settings, then the tables in it. Takes a dict: path, table. */}}
{{- define "pushmail.toml" -}}
{{- $path := .path -}}
{{- range $key, $value := .table }}
{{- if not (kindIs "map" $value) }}
{{ $key }} = {{ include "pushmail.toml.value" $value }}
{{- end }}
{{- end }}
{{- range $key, $value := .table }}
{{- if kindIs "map" $value }}
{{- $inner := ternary $key (printf "%s.%s" $path $key) (empty $path) }}
[{{ $inner }}]
{{- include "pushmail.toml" (dict "path" $inner "table" $value) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Strings, lists, booleans and numbers are written as in JSON; a whole number without a point. */}}
{{- define "pushmail.toml.value" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) -}}
{{ int64 . }}
{{- else -}}
{{ toJson . }}
{{- end -}}
{{- end -}}
