// Alerts and dashboard use only metrics and labels that exist, in expressions that can be parsed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { type MetricName, metricDefinitions } from "#src/core/metric-definitions.ts";
import { root } from "#tools/source-files.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const read = (path: string) => readFileSync(join(root, "deploy/monitoring", path), "utf8");
const { spec } = parse(read("alerts.yaml")) as { spec: { groups: readonly { rules: readonly Rule[] }[] } };
const rules = spec.groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(read("dashboard.json")) as {
  panels: readonly {
    title: string;
    gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    targets: readonly { expr: string; legendFormat: string }[];
  }[];
};
const targets = dashboard.panels.flatMap((panel) => panel.targets);

const words = new Set(
  (
    "sum max min count by without on ignoring group_left or and unless offset rate increase absent time vector " +
    "histogram_quantile"
  ).split(" "),
);
/** Labels that the scraper or the client library adds. */
const scrapeLabels = new Set(["pod", "namespace", "node", "instance", "le", "cronjob"]);
const libraryMetrics = new Set([
  "process_resident_memory_bytes",
  "kube_cronjob_created",
  "kube_cronjob_status_last_successful_time",
]);

/** The faults of a PromQL expression in names and brackets. */
function faultsOf(expression: string): readonly string[] {
  const bare = expression.replace(/"[^"]*"/g, '""').replace(/\[\$?\w+\]|(?<=offset )\w+/g, "");
  const faults = bracketFaults(bare);
  const labelLists = /\b(?:by|without|on|ignoring) *\(([^)]*)\)|\{([^}]*)\}/g;
  const labels = [...bare.matchAll(labelLists)].flatMap(([, by = "", inside = ""]) => [
    ...by.split(",").map((label) => label.trim()),
    ...[...inside.matchAll(/(\w+) *(?:=~|!~|!=|=)/g)].map(([, label = ""]) => label),
  ]);
  const names = bare.replace(labelLists, "").match(/[a-zA-Z_:][\w:]*/g) ?? [];
  const metrics = names.filter((name) => !words.has(name));
  const known = metrics.filter((name) => metricOf(name) !== undefined || libraryMetrics.has(name));
  const theirs = new Set<string>(known.flatMap((name) => metricOf(name)?.labels ?? []));
  return [
    ...faults,
    ...metrics.filter((name) => !known.includes(name)).map((name) => `no metric ${name}`),
    ...labels
      .filter((label) => label !== "" && !theirs.has(label) && !scrapeLabels.has(label))
      .map((l) => `no label ${l}`),
    ...(metrics.length === 0 ? ["no metric at all"] : []),
  ];
}

function metricOf(name: string) {
  const plain = metricDefinitions[name as MetricName] as (typeof metricDefinitions)[MetricName] | undefined;
  if (plain !== undefined) return plain.type === "histogram" ? undefined : plain;
  const base = name.replace(/_(?:bucket|count|sum)$/, "") as MetricName;
  const series = metricDefinitions[base] as (typeof metricDefinitions)[MetricName] | undefined;
  return series?.type === "histogram" ? series : undefined;
}

function bracketFaults(text: string): readonly string[] {
  const open: string[] = [];
  for (const character of text) {
    if ("([{".includes(character)) open.push(")]}".charAt("([{".indexOf(character)));
    else if (")]}".includes(character) && open.pop() !== character) return [`brackets do not match in ${text}`];
  }
  return open.length === 0 ? [] : [`a bracket is left open in ${text}`];
}

test("each expression of an alert or a panel asks for metrics and labels of the table", () => {
  const expressions = [...rules, ...targets].map(({ expr }) => expr);
  assert.ok(expressions.length > 25, expressions.length.toString());
  assert.deepEqual(
    expressions.flatMap((expression) => faultsOf(expression)),
    [],
  );
});

test("no state of Services, chains, taps or uplinks is without a panel", () => {
  const shown = targets.map(({ expr }) => expr).join(" ");
  const wanted = ["services", "services_outside", "service_backends", "service_addresses", "chains", "taps", "uplinks"];
  assert.deepEqual(
    wanted.filter((name) => !new RegExp(`ovn4nfv_${name}\\b`).test(shown)),
    [],
  );
  for (const panel of dashboard.panels) {
    const { x, y, w, h } = panel.gridPos;
    const over = dashboard.panels.filter(
      ({ title, gridPos: at }) =>
        title !== panel.title && at.x < x + w && x < at.x + at.w && at.y < y + h && y < at.y + at.h,
    );
    assert.deepEqual(
      over.map(({ title }) => title),
      [],
      panel.title,
    );
  }
});

test("a wrong name, a wrong label, a histogram without its suffix and a bracket left open are seen", () => {
  assert.deepEqual(faultsOf("rate(ovn4nfv_ports_released[5m])"), ["no metric ovn4nfv_ports_released"]);
  assert.deepEqual(faultsOf("sum by (cause) (workqueue_depth)"), ["no label cause"]);
  assert.deepEqual(faultsOf('workqueue_depth{queue="x"}'), ["no label queue"]);
  assert.deepEqual(faultsOf("rate(ovn4nfv_cni_duration_seconds[5m])"), ["no metric ovn4nfv_cni_duration_seconds"]);
  assert.deepEqual(faultsOf("max(workqueue_depth"), ["a bracket is left open in max(workqueue_depth"]);
});

test("legends and annotations name labels that the expression leaves", () => {
  const texts = [
    ...targets.map(({ expr, legendFormat }) => ({ expr, text: legendFormat.replaceAll(/{{(\w+)}}/g, "$labels.$1") })),
    ...rules.map(({ expr, annotations }) => ({ expr, text: `${annotations.summary} ${annotations.description}` })),
  ];
  const wrong = texts.flatMap(({ expr, text }) => {
    const aggregated = /\bby *\(([^)]*)\)/
      .exec(expr)?.[1]
      ?.split(",")
      .map((label) => label.trim());
    return [...text.matchAll(/\$labels\.(\w+)/g)]
      .map(([, label = ""]) => label)
      .filter((label) => (aggregated === undefined ? !expr.includes("_") : !aggregated.includes(label)))
      .map((label) => `${expr}: ${label}`);
  });
  assert.deepEqual(wrong, []);
});

test("there is an alert for each of what goes wrong, and each says what to do", () => {
  const names = rules.map(({ alert }) => alert.replace(/^Ovn4nfv/, ""));
  const wanted = [
    "PoolNearlyExhausted",
    "NamedPoolNearlyExhausted",
    "ReservationsNotBound",
    "ReleaseBacklog",
    "NoLeader",
    "AdmissionUnavailable",
  ];
  wanted.push("DriftNotRepaired", "AgentBridgeDown", "CertificateNearEnd");
  wanted.push("ServiceWithoutBackends", "ServiceRefused", "ServiceNotReachedFromOutside", "ServiceAddressesExhausted");
  assert.deepEqual(
    wanted.filter((name) => !names.includes(name)),
    [],
  );
  for (const { alert, labels, annotations } of rules) {
    assert.match(labels.severity, /^(?:warning|critical)$/, alert);
    assert.ok(annotations.summary.length > 10 && annotations.description.length > 10, alert);
  }
});
