{{- define "ovn4nfv.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "ovn4nfv.ovnImage" -}}
{{- with .Values.ovn.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The endpoints of the Northbound database: those of the values, or the one that the chart brings. */ -}}
{{- define "ovn4nfv.northbound" -}}
{{- if .Values.ovn.enabled -}}
{{- range $member := until (int .Values.ovn.members) }}{{ if $member }},{{ end }}ssl:ovn-central-{{ $member }}.ovn-central.ovn4nfv-system.svc:6641{{ end -}}
{{- else -}}
{{ .Values.northbound }}
{{- end -}}
{{- end -}}

{{- define "ovn4nfv.serverName" -}}
{{- if .Values.ovn.enabled -}}
ovn-central-0.ovn-central.ovn4nfv-system.svc
{{- end -}}
{{- end -}}

{{- /* Stops what cannot work, before anything is installed. */ -}}
{{- define "ovn4nfv.validate" -}}
{{- if ne .Release.Namespace "ovn4nfv-system" -}}
{{- fail (printf "--namespace %q is not ovn4nfv-system, which policies and certificates name; add --namespace ovn4nfv-system --create-namespace" .Release.Namespace) -}}
{{- end -}}
{{- if and .Values.ovn.enabled .Values.northbound -}}
{{- fail (printf "northbound %q is set, and ovn.enabled brings another Northbound database; leave one of them out" .Values.northbound) -}}
{{- end -}}
{{- if and (eq .Values.ovn.datapath "userspace") (not .Values.ovn.tunnelInterface) -}}
{{- fail "ovn.tunnelInterface \"\" is not set, and the userspace datapath takes an interface for its tunnels; add --set ovn.tunnelInterface=eth1 with one that does not carry the addresses of the nodes" -}}
{{- end -}}
{{- if not (or .Values.northbound .Values.ovn.enabled) -}}
{{- fail "northbound \"\" is not set, and addresses live in the Northbound database; add --set northbound=tcp:192.0.2.1:6641 with the endpoints of yours, or --set ovn.enabled=true where there is no OVN" -}}
{{- end -}}
{{- /* Helm asks the cluster only when it installs or upgrades. */ -}}
{{- if lookup "v1" "Namespace" "" "kube-system" -}}
{{- if not (lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" "network-attachment-definitions.k8s.cni.cncf.io") -}}
{{- fail "the cluster has no NetworkAttachmentDefinitions, and Multus wires the pods; install Multus first" -}}
{{- end -}}
{{- if .Values.ovn.enabled -}}
{{- if lookup "apps/v1" "Deployment" "kube-system" "kube-ovn-controller" -}}
{{- fail "ovn.enabled true brings a second OVN, and this cluster has Kube-OVN, with which it cannot share a node; leave it out, and set northbound to that of Kube-OVN as docs/install.md says" -}}
{{- end -}}
{{- if lookup "v1" "Namespace" "" "ovn-kubernetes" -}}
{{- fail "ovn.enabled true brings a second OVN, and this cluster has ovn-kubernetes, with which it cannot share a node; use a cluster with another network" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range splitList "," (include "ovn4nfv.northbound" .) -}}
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
