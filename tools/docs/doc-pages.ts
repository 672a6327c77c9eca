// The pages of docs/reference, each made from one table in the code.
import { readFileSync } from "node:fs";
import { annotationKeys, nodeKeys, serviceKeys } from "#src/api/annotation-keys.ts";
import { commandTable } from "#src/commands/command-table.ts";
import { compatibility } from "#src/commands/doctor/compatibility.ts";
import { exitCodes } from "#src/commands/exit-codes.ts";
import { flagTable } from "#src/commands/flags/flags.ts";
import { envName, type FlagDefinition } from "#src/core/config.ts";
import { conditionReasons } from "#src/core/condition-reasons.ts";
import { conditionTypes } from "#src/core/condition-types.ts";
import { errorCodes } from "#src/core/error-codes.ts";
import { goodReasons } from "#src/core/good-reasons.ts";
import { metricDefinitions } from "#src/core/metric-definitions.ts";
import { externalIdEntries } from "#src/ovn/external-ids.ts";
import { aclPriorities, routerPolicyPriorities } from "#src/ovn/rows/flow-priorities.ts";
import { chainCrd } from "#src/api/chain/chain-crd.ts";
import { floatingIpCrd } from "#src/api/floating-ip/floating-ip-crd.ts";
import { ovnNodeCrd } from "#src/api/node/ovn-node-crd.ts";
import { networkCrd } from "#src/api/network/network-crd.ts";
import { providerNetworkCrd } from "#src/api/provider-network/provider-network-crd.ts";
import { requestReference } from "#src/api/request/request-reference.ts";
import { tapCrd } from "#src/api/tap/tap-crd.ts";
import { uplinkCrd } from "#src/api/uplink/uplink-crd.ts";
import { root } from "../source-files.ts";
import { crdBody } from "./crd-page.ts";
import { code, type Page, table } from "./markdown.ts";
import { printConformance, readConformance } from "./policy-conformance.ts";
import { printSkew, readSkew } from "./skew.ts";
import { passedVersions, printTried, readTried } from "./tried-versions.ts";

export const pages: readonly Page[] = [
  { name: "refusals", source: "src/core/error-codes.ts", title: "Refusals, faults and reasons", body: refusals },
  { name: "metrics", source: "src/core/metric-definitions.ts", title: "Metrics", body: metrics },
  { name: "flags", source: "src/commands/flags/flags.ts", title: "Subcommands, flags and exit status", body: flags },
  {
    name: "annotations",
    source: "src/api/annotation-keys.ts",
    title: "Annotations, labels and finalizer",
    body: annotations,
  },
  {
    name: "external-ids",
    source: "src/ovn/external-ids.ts",
    title: "Keys in external_ids of OVN rows",
    body: externalIds,
  },
  {
    name: "network",
    source: "src/api/network/network-schema.ts",
    title: "Network",
    body: () => crdBody(networkCrd(), readFileSync(`${root}/deploy/samples/networks/network.yaml`, "utf8")),
  },
  {
    name: "provider-network",
    source: "src/api/provider-network/provider-network-schema.ts",
    title: "ProviderNetwork",
    body: () =>
      crdBody(providerNetworkCrd(), readFileSync(`${root}/deploy/samples/networks/provider-network.yaml`, "utf8")),
  },
  {
    name: "network-chaining",
    source: "src/api/chain/chain-schema.ts",
    title: "NetworkChaining",
    body: () => crdBody(chainCrd(), readFileSync(`${root}/deploy/samples/networks/chain.yaml`, "utf8")),
  },
  {
    name: "priorities",
    source: "src/ovn/rows/flow-priorities.ts",
    title: "Priorities of router policies and ACLs",
    body: priorities,
  },
  {
    name: "policy-conformance",
    source: "docs/reference/policy-conformance.json",
    title: "Conformance of network policies",
    body: () => printConformance(readConformance()),
  },
  {
    name: "skew",
    source: "docs/reference/skew.json",
    title: "Releases that run together",
    body: () => printSkew(readSkew()),
  },
  {
    name: "uplink",
    source: "src/api/uplink/uplink-schema.ts",
    title: "Uplink",
    body: () => crdBody(uplinkCrd(), readFileSync(`${root}/deploy/samples/networks/uplink.yaml`, "utf8")),
  },
  {
    name: "tap",
    source: "src/api/tap/tap-schema.ts",
    title: "Tap",
    body: () => crdBody(tapCrd(), readFileSync(`${root}/deploy/samples/networks/tap.yaml`, "utf8")),
  },
  {
    name: "floating-ip",
    source: "src/api/floating-ip/floating-ip-schema.ts",
    title: "FloatingIP",
    body: () => crdBody(floatingIpCrd(), readFileSync(`${root}/deploy/samples/networks/floating-ip.yaml`, "utf8")),
  },
  {
    name: "ovn-node",
    source: "src/api/node/ovn-node-schema.ts",
    title: "OvnNode",
    body: () => crdBody(ovnNodeCrd()),
  },
  {
    name: "compatibility",
    source: "src/commands/doctor/compatibility.ts",
    title: "Compatibility",
    body: versions,
  },
];

function refusals(): string {
  const rows = (kind: "refusal" | "fault") =>
    Object.entries(errorCodes)
      .filter(([, entry]) => entry.kind === kind)
      .map(([name, entry]) => [code(name), String(entry.status), entry.disposition, entry.meaning, entry.remedy]);
  const titles = ["code", "HTTP status", "disposition", "meaning", "what to do"];
  return [
    "A refusal is an answer to whoever made the request. Its message names the field, the value, the reason and the remedy.",
    "`retry` means that the same request may succeed later; `terminal` that it has to change.",
    "",
    table(titles, rows("refusal")),
    "",
    "## Faults",
    "",
    "A fault is in a part, not in a request. Its code stands in logs and metrics. `TransactionFailed` quotes the server's",
    "error string, [RFC 7047 section 4.1.3](https://www.rfc-editor.org/rfc/rfc7047#section-4.1.3).",
    "",
    table(titles, rows("fault")),
    "",
    "## Reasons of conditions and Events",
    "",
    "These say that something is not as it was asked for. `ovn4nfv explain REASON` prints a line of any table of this page.",
    "",
    table(
      ["reason", "on", "meaning", "what to do"],
      Object.entries(conditionReasons).map(([name, { on, meaning, remedy }]) => [code(name), on, meaning, remedy]),
    ),
    "",
    "## Reasons when all is well",
    "",
    "These say that something is as it was asked for, or what was done.",
    "",
    table(
      ["reason", "on", "meaning"],
      Object.entries(goodReasons).map(([name, { on, meaning }]) => [code(name), on, meaning]),
    ),
    "",
    "## Conditions",
    "",
    table(
      ["condition", "on", "what holds while it is True"],
      Object.entries(conditionTypes).map(([name, { on, meaning }]) => [code(name), on, meaning]),
    ),
  ].join("\n");
}

function priorities(): string {
  type Entries = Readonly<Record<string, { readonly priority: number; readonly meaning: string }>>;
  const tables: Readonly<Record<string, Entries>> = { "Router policies": routerPolicyPriorities, ACLs: aclPriorities };
  return [
    "OVN takes the row with the highest number. Rows that you write yourself on the router `ovn4nfv-master` with a number above these",
    "come before ours. What is kept for later is not written yet.",
    ...Object.entries(tables).flatMap(([title, entries]) => [
      "",
      `## ${title}`,
      "",
      table(
        ["row", "priority", "meaning"],
        Object.entries(entries).map(([name, { priority, meaning }]) => [code(name), String(priority), meaning]),
      ),
    ]),
  ].join("\n");
}

function versions(): string {
  const results = readTried();
  const passed: Partial<Record<string, readonly string[]>> = {
    kubernetes: passedVersions(results, "kubernetes", compatibility.kubernetes.tried),
    ovn: passedVersions(results, "ovn", compatibility.ovn.tried),
    ovs: passedVersions(results, "openVswitch", compatibility.ovs.tried),
  };
  const rows = Object.entries(compatibility).map(([key, { title, from, tried, why, read }]) => {
    return [title, from, passed[key]?.join(", ") ?? tried, why, read];
  });
  return [
    "The tests run against what was tried. `ovn4nfv doctor` tells of what is older, where it can read the version, and calls a",
    "version `unknown` that it cannot read.",
    "",
    table(["what", "from", "tried", "why", "where doctor reads it"], rows),
    "",
    "## What ran",
    "",
    "`npm run soak -- versions` repeats the tests on each version of OVN with its Open vSwitch, and on each control plane of",
    "Kubernetes, and writes what came out into `docs/reference/tried-versions.json`, from which this table is made. The phases `core-*`",
    "have what has to work everywhere; `lab-*`, `integration-*` and `e2e-*` are those of `npm test`.",
    "",
    printTried(results),
  ].join("\n");
}

function metrics(): string {
  const rows = Object.entries(metricDefinitions).map(([name, { type, labels, help }]) => {
    return [code(name), type, labels.map(code).join(" "), help];
  });
  return [
    "Webhook, controller and agent serve them under `/metrics` on the address of `--operations-listen`, by plain HTTP: port 9440 in",
    "the manifests. `kubectl apply -k deploy/monitoring` has what the Prometheus operator needs: two PodMonitors, alerts, a dashboard.",
    "Where your Prometheus selects by a label (kube-prometheus-stack: `release`), put it on them by an overlay. Without the operator, scrape the",
    "pods of `ovn4nfv-system` whose port is called `operations`, by `kubernetes_sd_configs` with `role: pod`. Agents declare no port, because two",
    "of them stand on a node while one takes over from the other: take the containers called `agent`, and port 9440 of their nodes. The",
    "PodMonitor `ovn4nfv-agent` has the relabelings for it.",
    "",
    table(["metric", "type", "labels", "meaning"], rows),
  ].join("\n");
}

function flags(): string {
  const definitions: readonly FlagDefinition[] = Object.values(flagTable);
  const groups = [...new Set(definitions.map(({ group }) => group))];
  const sections = groups.flatMap((group) => [
    `## ${group}`,
    "",
    table(
      ["flag", "environment", "kind", "default", "of", "meaning"],
      definitions.filter((row) => row.group === group).map(flagRow),
    ),
    "",
  ]);
  const commands = Object.entries(commandTable).map(([name, { summary }]) => [code(`ovn4nfv ${name}`), summary]);
  const statuses = Object.values(exitCodes).map(({ code: status, meaning }) => [String(status), meaning]);
  return [
    table(["subcommand", "does"], commands),
    "",
    "A value is taken from the flag, else from the environment, else from the file that `--config` or `OVN4NFV_CONFIG` names",
    "(YAML or JSON, flag names to values), else it is the default. Durations are written `500ms`, `30s`, `1h30m`; sizes `512KiB`,",
    "`3MiB`; lists with commas, on the command line also by repeating the flag. A flag that is `true` by itself is switched off",
    "by `--no-`, as in `--no-dry-run`.",
    "",
    ...sections,
    "## Exit status",
    "",
    table(["status", "meaning"], statuses),
  ].join("\n");
}

function flagRow(row: FlagDefinition): readonly string[] {
  const { flag, short, type, default: fallback, commands, help: common, helpWhenOff } = row;
  const help = helpWhenOff === undefined ? common : `${common} With ${code(`--no-${flag}`)}: ${helpWhenOff}`;
  const name = short === undefined ? code(`--${flag}`) : `${code(`-${short}`)} ${code(`--${flag}`)}`;
  const kind = row.type === "enum" ? row.values.map(code).join(" ") : type;
  const shown = fallback === undefined || fallback === "" ? "" : code(fallback);
  const inherited = row.typedOnly === true ? "-" : code(envName(flag));
  return [name, inherited, kind, shown, commands.join(", "), help];
}

interface KeyRow {
  readonly key: string;
  readonly kind: string;
  readonly origin: string;
  readonly writer: string;
  readonly meaning: string;
}

function annotations(): string {
  const entries = Object.values(annotationKeys);
  const examples = entries.flatMap((entry) => {
    const shown = "value" in entry ? entry.value : entry.example;
    return shown === "" ? [] : ["", `### ${code(entry.key)}`, "", code(shown)];
  });
  const keyTable = (rows: readonly KeyRow[]) =>
    table(
      ["key", "kind", "origin", "writer", "meaning"],
      rows.map(({ key, kind, origin, writer, meaning }) => [code(key), kind, origin, writer, meaning]),
    );
  return [
    keyTable(entries),
    "",
    "## Fields of a request",
    ...requestReference().flatMap(({ title, fields }) => [
      "",
      `### ${title}`,
      "",
      table(
        ["field", "required", "meaning"],
        fields.map(({ key, required, meaning }) => [code(key), required ? "yes" : "", meaning]),
      ),
    ]),
    "",
    "## On Services",
    "",
    keyTable(Object.values(serviceKeys)),
    "",
    "## On nodes",
    "",
    keyTable(Object.values(nodeKeys)),
    "",
    "## Examples",
    ...examples,
  ].join("\n");
}

function externalIds(): string {
  const rows = Object.entries(externalIdEntries).map(([name, { on, meaning, example }]) => {
    return [code(`k8s.plugin.opnfv.org/${name}`), on === "any" ? "any row" : code(on), meaning, code(example)];
  });
  return table(["key", "on", "meaning", "example"], rows);
}
