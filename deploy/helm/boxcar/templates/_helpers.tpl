{{- define "boxcar.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "boxcar.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "boxcar.selectorLabels" -}}
app.kubernetes.io/name: {{ include "boxcar.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "boxcar.labels" -}}
{{ include "boxcar.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: sidecar
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "boxcar.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* An application beside Boxcar ends before it; clients behind a Service have to hear first that it ends. */}}
{{- define "boxcar.lameDuckSeconds" -}}
{{- ternary 0 .Values.workload.lameDuckSeconds (eq .Values.workload.kind "none") }}
{{- end }}

{{/* boxcar.conf: what the chart relies on itself, then the value config. */}}
{{- define "boxcar.conf" -}}
boxcar {
  loops = {{ .Values.loops }}
  admin { listen = "{{ .Values.admin.host }}:{{ .Values.admin.port }}", token = ${BOXCAR_ADMIN_TOKEN} }
  shutdown { lame-duck = {{ include "boxcar.lameDuckSeconds" . }} s, drain-timeout = {{ .Values.shutdown.drainTimeoutSeconds }} s }
{{- if .Values.capture.enabled }}
  # Local connections only: the kernel leads what this pod opens to loopback.
  listeners.captured { capture = redirect, listen = "127.0.0.1:{{ .Values.capture.toPort }}" }
{{- if .Values.capture.ipv6 }}
  listeners.captured-ipv6 { capture = redirect, listen = "[::1]:{{ .Values.capture.toPort }}" }
{{- end }}
{{- end }}
}
{{ .Values.config | trim }}
{{ end }}
