// The places of the manifests that the values of the chart fill. An object gets marks there, and its text the expressions of
// Helm in their place.
import { stringify } from "yaml";
import type { KubeObject } from "#src/kube/client/kube-object.ts";

type Tree = { [key: string]: unknown };

/** An expression that stands for one value, or for a list or map in a block of its own. */
const expressions = {
  image: '{{ include "ovn4nfv.image" . }}',
  "ovn-image": '{{ include "ovn4nfv.ovnImage" . }}',
  northbound: '{{ include "ovn4nfv.northbound" . | quote }}',
  datapath: "{{ .Values.ovn.datapath }}",
  members: "{{ .Values.ovn.members | quote }}",
  "tunnel-interface": "{{ .Values.ovn.tunnelInterface | quote }}",
  "excluded-text": '{{ join "," .Values.excludedNamespaces | quote }}',
  "log-level": "{{ .Values.logLevel }}",
  "webhook-replicas": "{{ .Values.webhook.replicas }}",
  "controller-replicas": "{{ .Values.controller.replicas }}",
  "agent-surge": "{{ .Values.agent.maxSurge }}",
  "backup-schedule": "{{ .Values.backup.schedule | quote }}",
  "backup-keep": "--keep={{ .Values.backup.keep }}",
  "backup-size": "{{ .Values.backup.size }}",
  "page-hosts": '{{ printf "--page-hosts=%s" (join "," .Values.view.hosts) | quote }}',
} as const;
const blocks = {
  excluded: ".Values.excludedNamespaces",
  "pod-ranges": ".Values.networkPolicy.podRanges",
  "pod-ranges-ipv6": ".Values.networkPolicy.podRangesIPv6",
  "webhook-resources": ".Values.webhook.resources",
  "controller-resources": ".Values.controller.resources",
  "agent-resources": ".Values.agent.resources",
} as const;
/** Lines that are there only when the value is not empty. */
const optional = {
  "pull-policy": ".Values.image.pullPolicy",
  "pull-secrets": ".Values.imagePullSecrets",
  southbound: ".Values.southbound",
  "server-name": '(include "ovn4nfv.serverName" .)',
  // Helm leaves an object alone when the annotation has any value.
  keep: '(ternary "keep" "" .Values.crds.keep)',
} as const;

const mark = (name: keyof typeof expressions | keyof typeof blocks | keyof typeof optional): string => `@@${name}@@`;
const moreSettings = "@@settings@@";
/** It stands within an expression of CEL. */
const excludedList = "@@excluded-list@@";
const defaultExcluded = ["kube-system", "kube-node-lease", "ovn4nfv-system", "cert-manager"];
const componentOf: Readonly<Record<string, "webhook" | "controller" | "agent">> = {
  "Deployment/ovn4nfv-webhook": "webhook",
  "Deployment/ovn4nfv-controller": "controller",
  "DaemonSet/ovn4nfv-agent": "agent",
};
const uninstallHook = {
  "helm.sh/hook": "pre-delete",
  "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
};

/** The text of an object in a template. */
export function templateOf(object: KubeObject): string {
  const copy = structuredClone(object) as unknown as Tree & KubeObject;
  const metadata = copy.metadata as unknown as Tree & { readonly name: string };
  const { kind } = copy;
  const annotate = (more: object): void => {
    metadata["annotations"] = { ...(metadata["annotations"] as object | undefined), ...more };
  };
  if (kind === "CustomResourceDefinition") annotate({ "helm.sh/resource-policy": mark("keep") });
  // Backups outlive the installation.
  if (kind === "PersistentVolumeClaim") annotate({ "helm.sh/resource-policy": "keep" });
  if (metadata.name === "ovn4nfv-uninstall") {
    annotate({ ...uninstallHook, "helm.sh/hook-weight": kind === "Job" ? "0" : "-5" });
  }
  if (kind === "ConfigMap" && metadata.name === "ovn4nfv-config") {
    copy["data"] = {
      ...(copy["data"] as object),
      OVN4NFV_NB: mark("northbound"),
      OVN4NFV_EXCLUDED_NAMESPACES: mark("excluded-text"),
      OVN4NFV_LOG_LEVEL: mark("log-level"),
      OVN4NFV_SB: mark("southbound"),
      OVN4NFV_NB_SERVER_NAME: mark("server-name"),
      [moreSettings]: "",
    };
  }
  if (kind === "ConfigMap" && metadata.name === "ovn4nfv-ovn-host") {
    copy["data"] = {
      ...(copy["data"] as object),
      OVN_DATAPATH: mark("datapath"),
      OVN_TUNNEL_INTERFACE: mark("tunnel-interface"),
      OVN_MEMBERS: mark("members"),
    };
  }
  markBackup(copy);
  markWorkload(copy, componentOf[`${kind ?? ""}/${metadata.name}`]);
  markLists(copy);
  return `---\n${expand(stringify(copy, { lineWidth: 0 }))}`;
}

/** Marks what the values say of the backup. */
function markBackup({ kind, spec }: Tree): void {
  if (kind === "PersistentVolumeClaim") (spec as Tree)["resources"] = { requests: { storage: mark("backup-size") } };
  if (kind === "CronJob") (spec as Tree)["schedule"] = mark("backup-schedule");
}

function markWorkload(object: Tree, component: "webhook" | "controller" | "agent" | undefined): void {
  const cron = (object["spec"] as Tree | undefined)?.["jobTemplate"] as Tree | undefined;
  const spec = (cron ?? object)["spec"] as Tree | undefined;
  const pod = ((spec?.["template"] as Tree | undefined)?.["spec"] ?? {}) as Tree;
  if (spec === undefined || pod["containers"] === undefined) return;
  if (component === "webhook" || component === "controller") spec["replicas"] = mark(`${component}-replicas`);
  if (component === "agent")
    spec["updateStrategy"] = { rollingUpdate: { maxSurge: mark("agent-surge"), maxUnavailable: 0 } };
  const containers = [...(pod["containers"] as Tree[]), ...((pod["initContainers"] as Tree[] | undefined) ?? [])];
  for (const container of containers) {
    container["image"] = mark(String(container["image"]).startsWith("ovn4nfv-ovn:") ? "ovn-image" : "image");
    container["imagePullPolicy"] = mark("pull-policy");
    const args = container["args"] as string[] | undefined;
    if (args !== undefined) container["args"] = args.map((arg) => (arg === "--keep=14" ? mark("backup-keep") : arg));
    if (component !== undefined && container["name"] === component)
      container["resources"] = mark(`${component}-resources`);
  }
  pod["imagePullSecrets"] = mark("pull-secrets");
}

/** Marks the lists of namespaces that are left alone, the names of the page, and the ranges of pods that may not send reviews. */
function markLists(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const tree = value as Tree;
  for (const [key, child] of Object.entries(tree)) {
    if (typeof child === "string" && child.startsWith("--page-hosts=")) tree[key] = mark("page-hosts");
    else if (typeof child === "string") tree[key] = child.replaceAll(JSON.stringify(defaultExcluded), excludedList);
    else if (key === "values" && JSON.stringify(child) === JSON.stringify(defaultExcluded))
      tree[key] = mark("excluded");
    else if (key === "except" && Array.isArray(child))
      tree[key] = mark(String(child[0]).includes(":") ? "pod-ranges-ipv6" : "pod-ranges");
    else markLists(child);
  }
}

/** Puts the expressions in the place of the marks. Braces that others mean, as in a dashboard, stay as they are written. */
function expand(text: string): string {
  return text
    .replaceAll("{{", '{{ "{{" }}')
    .replaceAll(/^( *)([^\n]*?)"@@([\w-]+)@@"(?:: "")?\n/gm, (line, indent: string, before: string, name: string) => {
      const inner = " ".repeat(indent.length + (before.startsWith("- ") ? 4 : 2));
      if (`@@${name}@@` === moreSettings) {
        return `${indent}{{- range $key, $value := .Values.config }}\n${indent}{{ $key }}: {{ $value | quote }}\n${indent}{{- end }}\n`;
      }
      if (name in expressions) return `${indent}${before}${expressions[name as keyof typeof expressions]}\n`;
      const block = (of: string): string =>
        `${indent}${before.trimEnd()} {{- toYaml ${of} | nindent ${inner.length} }}\n`;
      if (name in blocks) return block(blocks[name as keyof typeof blocks]);
      if (name in optional) {
        return `${indent}{{- with ${optional[name as keyof typeof optional]} }}\n${block(".")}${indent}{{- end }}\n`;
      }
      throw new Error(`no expression for ${line}`);
    })
    .replaceAll(excludedList, "{{ toJson .Values.excludedNamespaces }}");
}
