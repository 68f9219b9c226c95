{{/* A pod of `helm test`, up to what its container runs. Takes a dict: root, component ("test"), name. */}}
{{- define "pushmail.test.pod" -}}
apiVersion: v1
kind: Pod
metadata:
  {{- include "pushmail.metadata" . | nindent 2 }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  restartPolicy: Never
  activeDeadlineSeconds: 120
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
