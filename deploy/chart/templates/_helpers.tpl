{{- define "ovn4nfv.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Stops what cannot work, before anything is installed. */ -}}
{{- define "ovn4nfv.validate" -}}
{{- if ne .Release.Namespace "ovn4nfv-system" -}}
{{- fail (printf "--namespace %q is not ovn4nfv-system, which policies and certificates name; add --namespace ovn4nfv-system --create-namespace" .Release.Namespace) -}}
{{- end -}}
{{- if not .Values.northbound -}}
{{- fail "northbound \"\" is not set, and addresses live in the Northbound database; add --set northbound=tcp:192.0.2.1:6641 with the endpoints of yours" -}}
{{- end -}}
{{- range splitList "," .Values.northbound -}}
{{- if not (regexMatch "^(tcp|ssl):(\\[[0-9a-fA-F:]+\\]|[^:\\s,]+):[0-9]+$" .) -}}
{{- fail (printf "northbound %q is not an endpoint; write tcp:ADDRESS:PORT or ssl:ADDRESS:PORT, with commas between (in --set as \\,)" .) -}}
{{- end -}}
{{- end -}}
{{- if .Values.southbound -}}
{{- range splitList "," .Values.southbound -}}
{{- if not (regexMatch "^(tcp|ssl):(\\[[0-9a-fA-F:]+\\]|[^:\\s,]+):[0-9]+$" .) -}}
{{- fail (printf "southbound %q is not an endpoint; write tcp:ADDRESS:PORT or ssl:ADDRESS:PORT, with commas between (in --set as \\,)" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (contains "ssl:" .Values.northbound) (not .Values.northboundTls.enabled) (not (hasKey .Values.config "OVN4NFV_NB_CA_FILE")) -}}
{{- fail (printf "northbound %q needs certificates; make the Secret ovn4nfv-northbound and add --set northboundTls.enabled=true" .Values.northbound) -}}
{{- end -}}
{{- end -}}
