{{/* A pod of `helm test`, up to what its container runs. Takes a dict: root, component, name (none: the component's), deadline (seconds). */}}
{{- define "pushmail.test.pod" -}}
apiVersion: v1
kind: Pod
metadata:
  {{- include "pushmail.metadata" . | nindent 2 }}
  annotations:
    helm.sh/hook: test
    # One that failed stays, to look into.
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  activeDeadlineSeconds: {{ .deadline | default 120 }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with include "pushmail.pullSecrets" .root }}
  {{- . | nindent 2 }}
  {{- end }}
  securityContext:
    {{- include "pushmail.podSecurity" .root | nindent 4 }}
  containers:
    - name: test
      image: {{ include "pushmail.image" .root }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: [pushmail]
      securityContext:
        {{- include "pushmail.containerSecurity" .root | nindent 8 }}
      resources:
        requests: {cpu: 100m, memory: 64Mi}
        limits: {memory: 256Mi}
{{- end -}}

{{/* What a test needs to call control: the admin key, and the authority of the certificate. */}}
{{- define "pushmail.test.mounts" -}}
- name: admin
  mountPath: {{ include "pushmail.path.etc" . }}/admin
  readOnly: true
{{- if include "pushmail.tls.caKey" . }}
- name: tls
  mountPath: {{ include "pushmail.path.etc" . }}/tls
  readOnly: true
{{- end }}
{{- end -}}

{{- define "pushmail.test.volumes" -}}
{{- $key := include "pushmail.adminKey" . | fromYaml -}}
- name: admin
  secret:
    secretName: {{ $key.name }}
    defaultMode: 0440
    items:
      - {key: {{ $key.key }}, path: admin.key}
{{- with include "pushmail.tls.caKey" . }}
- name: tls
  secret:
    secretName: {{ include "pushmail.tls.secret" $ }}
    defaultMode: 0440
    # The authority alone, not the key.
    items:
      - {key: {{ . }}, path: {{ . }}}
{{- end }}
{{- end -}}
