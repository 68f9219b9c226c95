{{/*
What the pods of all roles have in common.
*/}}

{{/* A role's pod template. Takes a dict: root, component, values (of the role). */}}
{{- define "pushmail.podTemplate" -}}
metadata:
  labels:
    {{- include "pushmail.labels" . | nindent 4 }}
  annotations:
    # New settings make new pods.
    checksum/config: {{ include "pushmail.config" .root | sha256sum }}
    {{- with .values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "pushmail.serviceAccount" .root }}
  automountServiceAccountToken: false
  # Else a service named "pushmail" would put variables into the environment that look like settings.
  enableServiceLinks: false
  {{- with include "pushmail.pullSecrets" .root }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- include "pushmail.podSecurity" .root | nindent 4 }}
  # What is done in a drain, and 5 s; then at most 5 s until it has stopped, and 5 s to spare. Before that it may be told to wait.
  terminationGracePeriodSeconds: {{ add 15 (include "pushmail.drainSeconds" .) (.values.preStopSeconds | default 0) }}
  {{- with .root.Values.topologySpread.keys }}
  topologySpreadConstraints:
    {{- range . }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: {{ $.root.Values.topologySpread.whenUnsatisfiable }}
      labelSelector:
        matchLabels:
          {{- include "pushmail.selector" $ | nindent 10 }}
    {{- end }}
  {{- end }}
  {{- with .values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .component }}
      {{- include "pushmail.container" . | nindent 6 }}
  volumes:
    {{- include "pushmail.volumes" . | nindent 4 }}
{{- end -}}

{{/* How long what a role does in a drain may take, in seconds. */}}
{{- define "pushmail.drainSeconds" -}}
{{- $config := .root.Values.config -}}
{{- if eq .component "watcher" -}}
{{ include "pushmail.seconds" $config.watcher.fleet.hand_over_within }}
{{- else if eq .component "delivery" -}}
{{ add (include "pushmail.seconds" $config.delivery.drain_spread) (include "pushmail.seconds" $config.delivery.drain_grace) }}
{{- else -}}
0
{{- end -}}
{{- end -}}

{{/* A duration of the settings in whole seconds, no fewer than it has. */}}
{{- define "pushmail.seconds" -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- $micros := get (dict "us" 1 "ms" 1000 "s" 1000000 "min" 60000000 "h" 3600000000 "d" 86400000000) $unit -}}
{{ div (add (mul (trimSuffix $unit .) $micros) 999999) 1000000 }}
{{- end -}}

{{- define "pushmail.pullSecrets" -}}
{{- with .Values.image.pullSecrets -}}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Pod security "restricted". */}}
{{- define "pushmail.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ int64 .Values.podSecurity.user }}
runAsGroup: {{ int64 .Values.podSecurity.user }}
fsGroup: {{ int64 .Values.podSecurity.user }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "pushmail.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "pushmail.container" -}}
{{- $etc := include "pushmail.path.etc" .root -}}
image: {{ include "pushmail.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
command: [pushmail]
args:
  - {{ .component }}
  - --config={{ $etc }}/config/pushmail.toml
env:
  {{- include "pushmail.env" . | nindent 2 }}
ports:
  {{- if ne .component "watcher" }}
  - name: grpc
    containerPort: {{ include "pushmail.port.grpc" .root }}
  {{- end }}
  - name: admin
    containerPort: {{ include "pushmail.port.admin" .root }}
# It answers once NATS and PostgreSQL do, and ends by itself if they do not within half a minute; delivery waits for the streams
# for 5 minutes, too.
startupProbe:
  httpGet: {path: /livez, port: admin}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 180
livenessProbe:
  httpGet: {path: /livez, port: admin}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
# 503 while a watcher has not taken all shards that are leased to it, while the event log is out of reach, and in a drain.
readinessProbe:
  httpGet: {path: /readyz, port: admin}
  periodSeconds: 5
  timeoutSeconds: 2
  failureThreshold: 2
{{- with .values.preStopSeconds }}
# SIGTERM drains. Until every node knows that this pod is leaving, new connections still come here.
lifecycle:
  preStop:
    sleep:
      seconds: {{ . }}
{{- end }}
resources:
  {{- toYaml .values.resources | nindent 2 }}
securityContext:
  {{- include "pushmail.containerSecurity" .root | nindent 2 }}
volumeMounts:
  - name: data
    mountPath: {{ include "pushmail.path.data" .root }}
  {{- range $mount := include "pushmail.mounts" . | fromYamlArray }}
  - name: {{ $mount.name }}
    mountPath: {{ $etc }}/{{ $mount.name }}
    readOnly: true
  {{- end }}
{{- end -}}

{{/* Who it is and the secrets: all other settings are in the file. */}}
{{- define "pushmail.env" -}}
{{- $values := .root.Values -}}
- name: PUSHMAIL__WATCHER__FLEET__NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: PUSHMAIL_DATA
  value: {{ include "pushmail.path.data" .root }}
- name: PUSHMAIL_MASTER_KEY
  valueFrom:
    secretKeyRef:
      {{- include "pushmail.secretKey" (dict "root" .root "given" $values.masterKey "own" "master-key" "path" "masterKey") | nindent 6 }}
{{- with $values.masterKey.acceptedKey }}
- name: PUSHMAIL_MASTER_KEY_ACCEPTED
  valueFrom:
    secretKeyRef:
      name: {{ (include "pushmail.secretKey" (dict "root" $.root "given" $values.masterKey "own" "master-key" "path" "masterKey") | fromYaml).name }}
      key: {{ . }}
{{- end }}
{{- if eq .component "control" }}
- name: PUSHMAIL_ADMIN_KEY
  valueFrom:
    secretKeyRef:
      {{- include "pushmail.adminKey" .root | nindent 6 }}
{{- end }}
- name: PUSHMAIL__REGISTRY__URL
  valueFrom:
    secretKeyRef:
      {{- include "pushmail.secretKey" (dict "root" .root "given" $values.postgresql "own" "postgresql-url" "path" "postgresql") | nindent 6 }}
{{- if $values.postgresql.ca.existingSecret }}
- name: PGSSLMODE
  value: verify-full
- name: PGSSLROOTCERT
  value: {{ include "pushmail.path.etc" .root }}/postgresql-ca/{{ $values.postgresql.ca.key }}
{{- end }}
- name: PUSHMAIL__LEASES__URL
  valueFrom:
    secretKeyRef:
      {{- include "pushmail.secretKey" (dict "root" .root "given" $values.redis "own" "redis-url" "path" "redis") | nindent 6 }}
{{- if $values.evaluation.enabled }}
- name: PUSHMAIL__EVENTLOG__NATS__USER
  value: {{ .component }}
- name: PUSHMAIL__EVENTLOG__NATS__PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "pushmail.evaluation.secret" .root }}
      key: nats-{{ .component }}
{{- else if eq $values.nats.auth.method "password" }}
{{- range $key := list "user" "password" }}
- name: PUSHMAIL__EVENTLOG__NATS__{{ upper $key }}
  valueFrom:
    secretKeyRef:
      name: {{ include "pushmail.nats.secret" $ }}
      key: {{ get $values.nats.auth.keys $key }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The secret by which a role shows NATS who it is. */}}
{{- define "pushmail.nats.secret" -}}
{{- $given := get .root.Values.nats.auth .component -}}
{{- required (printf "nats.auth.%s.existingSecret: name the secret, or set nats.auth.method to none" .component) $given.existingSecret -}}
{{- end -}}

{{/*
The files in a pod: each a folder of that name, with all of the ConfigMap or secret in it, as a YAML list.
*/}}
{{- define "pushmail.mounts" -}}
{{- $values := .root.Values -}}
- name: config
  configMap: {{ include "pushmail.fullname" .root }}
{{- if ne .component "watcher" }}
- name: tls
  secret: {{ include "pushmail.tls.secret" .root }}
{{- end }}
{{- if eq .component "control" }}
# For `pushmail ctl` in the pod.
{{- $key := include "pushmail.adminKey" .root | fromYaml }}
- name: admin
  secret: {{ $key.name }}
  items:
    - {key: {{ $key.key }}, path: admin.key}
{{- end }}
{{- if and (not $values.evaluation.enabled) (eq $values.nats.auth.method "credentials") }}
- name: nats
  secret: {{ include "pushmail.nats.secret" . }}
{{- end }}
{{- if and (not $values.mailServers.ca.existingSecret) (eq (include "pushmail.test.mail" .root) "made") }}
- name: mail-ca
  secret: {{ include "pushmail.test.mail.secret" .root }}
  # Not the key.
  items:
    - {key: ca.crt, path: ca.crt}
{{- end }}
{{- range $name, $ca := dict "nats-ca" $values.nats.ca "redis-ca" $values.redis.ca "postgresql-ca" $values.postgresql.ca "mail-ca" $values.mailServers.ca }}
{{- with $ca.existingSecret }}
- name: {{ $name }}
  secret: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "pushmail.volumes" -}}
# Holds no data of the fleet: where this process listens, and the admin key for `pushmail ctl`.
- name: data
  emptyDir:
    sizeLimit: 16Mi
{{- range $mount := include "pushmail.mounts" . | fromYamlArray }}
{{- if $mount.configMap }}
- name: {{ $mount.name }}
  configMap:
    name: {{ $mount.configMap }}
{{- else }}
- name: {{ $mount.name }}
  secret:
    secretName: {{ $mount.secret }}
    # The group's: that of the pod.
    defaultMode: 0440
    {{- with $mount.items }}
    items:
      {{- toYaml . | nindent 6 }}
    {{- end }}
{{- end }}
{{- end }}
{{- end -}}
