{{/*
What a pod needs to have Boxcar beside its application. A chart that depends on this one includes, in its pod template:

  metadata:
    labels:
      {{- include "boxcar.podLabels" .Subcharts.boxcar | nindent 8 }}
    annotations:
      {{- include "boxcar.podAnnotations" .Subcharts.boxcar | nindent 8 }}
  spec:
    terminationGracePeriodSeconds: {{ include "boxcar.terminationGracePeriodSeconds" .Subcharts.boxcar }}
    initContainers:
      {{- include "boxcar.initContainers" .Subcharts.boxcar | nindent 8 }}
      (those of the application after it: Boxcar serves them too; with nativeSidecar = false before it, because Boxcar runs only
      after all of them, and capture would leave them without a network)
    containers:
      - name: ...
      {{- include "boxcar.containers" .Subcharts.boxcar | nindent 8 }}
    volumes:
      {{- include "boxcar.volumes" .Subcharts.boxcar | nindent 8 }}
*/}}

{{- define "boxcar.podLabels" -}}
{{- /* What the PodMonitor selects, beside the application's own labels. */ -}}
boxcar.io/sidecar: "true"
{{- end }}

{{- define "boxcar.podAnnotations" -}}
{{- with .Values.podAnnotations.defaultContainer }}
kubectl.kubernetes.io/default-container: {{ . | quote }}
{{- end }}
{{- with .Values.podAnnotations.safeToEvict }}
cluster-autoscaler.kubernetes.io/safe-to-evict: {{ . | quote }}
{{- end }}
{{- if .Values.podAnnotations.scrape }}
prometheus.io/scrape: "true"
prometheus.io/port: {{ .Values.admin.port | quote }}
prometheus.io/path: /metrics
{{- end }}
{{- end }}

{{- define "boxcar.terminationGracePeriodSeconds" -}}
{{- $shutdown := .Values.shutdown }}
{{- $needed := add $shutdown.drainTimeoutSeconds (include "boxcar.lameDuckSeconds" . | int) }}
{{- if not .Values.nativeSidecar }}
{{- $needed = add $needed $shutdown.holdSeconds }}
{{- end }}
{{- if le (int $shutdown.terminationGracePeriodSeconds) (int $needed) }}
{{- fail (printf "shutdown.terminationGracePeriodSeconds = %v has to be more than the %v s that Boxcar may take to end" $shutdown.terminationGracePeriodSeconds $needed) }}
{{- end }}
{{- $shutdown.terminationGracePeriodSeconds }}
{{- end }}

{{- define "boxcar.initContainers" -}}
{{- if .Values.nativeSidecar }}
{{- if semverCompare "<1.29.0-0" .Capabilities.KubeVersion.Version }}
{{- fail (printf "Kubernetes %s has no native sidecars: it would wait for Boxcar to end before it starts the application; set nativeSidecar = false" .Capabilities.KubeVersion.Version) }}
{{- end }}
{{ include "boxcar.container" (dict "chart" . "kind" "native") }}
{{- end }}
{{- if .Values.capture.enabled }}
{{ include "boxcar.captureContainer" . }}
{{- end }}
{{- end }}

{{- define "boxcar.containers" -}}
{{- if not .Values.nativeSidecar }}
{{ include "boxcar.container" (dict "chart" . "kind" "plain") }}
{{- end }}
{{- end }}

{{- define "boxcar.volumes" -}}
- name: boxcar-config
  configMap:
    name: {{ include "boxcar.fullname" . }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* One item of a list of containers; kind: native, plain (beside an application) or alone. */}}
{{- define "boxcar.container" -}}
{{- $values := .chart.Values -}}
- name: boxcar
  image: {{ include "boxcar.image" .chart | quote }}
  imagePullPolicy: {{ $values.image.pullPolicy }}
  {{- if eq .kind "native" }}
  # Starts before the application and ends after it.
  restartPolicy: Always
  {{- end }}
  command:
    - java
    - "@/opt/boxcar/conf/jvm.options"
    {{- range $values.jvmOptions }}
    - {{ . | quote }}
    {{- end }}
    - "@/opt/boxcar/boxcar.args"
  args: ["run", "--config", "/etc/boxcar/boxcar.conf"]
  env:
    {{- include "boxcar.tokenVariable" .chart | nindent 4 }}
    {{- with $values.env }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  ports:
    - name: boxcar-admin
      containerPort: {{ $values.admin.port }}
    {{- if eq .kind "alone" }}
    {{- range $values.workload.ports }}
    - name: {{ .name }}
      containerPort: {{ .port }}
      {{- with .hostPort }}
      hostPort: {{ . }}
      {{- end }}
    {{- end }}
    {{- end }}
  startupProbe:
    httpGet: { path: {{ $values.probes.startup.path }}, port: boxcar-admin }
    periodSeconds: 1
    failureThreshold: {{ $values.probes.startup.failureThreshold }}
  readinessProbe:
    httpGet: { path: {{ $values.probes.readiness.path }}, port: boxcar-admin }
    periodSeconds: 5
  livenessProbe:
    httpGet: { path: /live, port: boxcar-admin }
    periodSeconds: 10
    timeoutSeconds: 5
  lifecycle:
    preStop:
      # Only what others send to this pod: the application needs the way out until it has ended.
      exec:
        command:
          - java
          - "@/opt/boxcar/conf/jvm.options"
          - "-Xms8m"
          - "-Xmx16m"
          - "-XX:TieredStopAtLevel=1"
          - "@/opt/boxcar/boxcar.args"
          - drain
          - "--direction=inbound"
          - "--admin=127.0.0.1:{{ $values.admin.port }}"
          {{- if eq .kind "plain" }}
          # SIGTERM comes when this returns.
          - "--hold={{ $values.shutdown.holdSeconds }}s"
          {{- end }}
  resources:
    {{- toYaml $values.resources | nindent 4 }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 1337
    runAsGroup: 1337
    readOnlyRootFilesystem: true
    allowPrivilegeEscalation: false
    capabilities:
      drop: [ALL]
    seccompProfile:
      type: RuntimeDefault
  volumeMounts:
    - name: boxcar-config
      mountPath: /etc/boxcar
      readOnly: true
    {{- with $values.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{/* For the application too, if it calls POST /quit. */}}
{{- define "boxcar.tokenVariable" -}}
- name: BOXCAR_ADMIN_TOKEN
  valueFrom:
    {{- if .Values.admin.tokenSecret.name }}
    secretKeyRef:
      name: {{ .Values.admin.tokenSecret.name }}
      key: {{ .Values.admin.tokenSecret.key }}
    {{- else }}
    fieldRef:
      fieldPath: metadata.uid
    {{- end }}
{{- end }}

{{/* Writes the rules and ends. Boxcar's own traffic is told by its user. */}}
{{- define "boxcar.captureContainer" -}}
- name: boxcar-capture
  image: {{ include "boxcar.image" . | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args:
    - capture
    - apply
    - --to-port
    - {{ .Values.capture.toPort | quote }}
    - --ports
    - {{ .Values.capture.ports | join "," | quote }}
    - --exclude-uid
    - "1337"
    {{- if not .Values.capture.ipv6 }}
    - --no-ipv6
    {{- end }}
  resources:
    {{- toYaml .Values.capture.resources | nindent 4 }}
  securityContext:
    runAsNonRoot: false
    runAsUser: 0
    runAsGroup: 0
    readOnlyRootFilesystem: true
    allowPrivilegeEscalation: false
    capabilities:
      drop: [ALL]
      add: [NET_ADMIN, NET_RAW]
    seccompProfile:
      type: RuntimeDefault
{{- end }}
