// Prometheus' own tool judges the rules of deploy/monitoring: each alert fires in its fault, and not before, and not without it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse, stringify } from "yaml";
import { runCommand } from "#tools/process/command.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";
import { ensurePrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { root } from "#tools/source-files.ts";
import { alertCases, healthySeries } from "#test/fixtures/monitoring/alert-cases.ts";

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[];
}

const { spec } = parse(readFileSync(join(root, "deploy/monitoring/alerts.yaml"), "utf8")) as { readonly spec: Rules };
const alerts = spec.groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
const prefix = "Ovn4nfv";

const skip = whyProgramsAreMissing(["promtool"]);

test("each alert of deploy/monitoring fires in its fault alone, and no sooner than it says", { skip }, async () => {
  await ensurePrograms(["promtool"]);
  assert.deepEqual(Object.keys(alertCases).sort(), alerts.map((alert) => alert.slice(prefix.length)).sort());
  const tests = [
    { ...frame(healthySeries), promql_expr_test: [expecting("", "180m", [])] },
    ...Object.entries(alertCases).map(([name, { fault, firesAfterMinutes }]) => {
      const alertname = prefix + name;
      const firing = [{ labels: `{alertname="${alertname}"}`, value: 1 }];
      return {
        name: alertname,
        ...frame(fault),
        promql_expr_test: [
          expecting(alertname, `${(firesAfterMinutes - 1).toString()}m`, []),
          expecting(alertname, `${firesAfterMinutes.toString()}m`, firing),
        ],
      };
    }),
  ];
  const { code, output } = await promtool(spec, tests);
  assert.equal(code, 0, output);
});

test("a rule that never fires is seen", { skip }, async () => {
  await ensurePrograms(["promtool"]);
  const rule = { alert: "Never", expr: "absent(vector(1))" };
  const firing = [{ labels: '{alertname="Never"}', value: 1 }];
  const never = { groups: [{ name: "never", rules: [rule] }] };
  const { code } = await promtool(never, [
    { ...frame({ up: "1x5" }), promql_expr_test: [expecting("Never", "2m", firing)] },
  ]);
  assert.equal(code, 1);
});

function frame(series: Readonly<Record<string, string>>) {
  return { interval: "1m", input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })) };
}

/** Asks how often an alert fires, or all of them. Nobody asks for its labels and texts. */
function expecting(alertname: string, at: string, samples: readonly object[]) {
  const matcher = alertname === "" ? "" : `alertname="${alertname}",`;
  const expr = `count by (alertname) (ALERTS{${matcher}alertstate="firing"})`;
  return { expr, eval_time: at, exp_samples: samples };
}

async function promtool(rules: Rules | object, tests: readonly object[]) {
  using folder = createTemporaryFolder("alerts");
  const write = (name: string, value: object): string => {
    const path = join(folder.path, name);
    writeFileSync(path, stringify(value));
    return path;
  };
  const file = write("rules.yaml", rules);
  const cases = write("cases.yaml", { rule_files: [file], evaluation_interval: "1m", tests });
  // The check reads the templates of the texts, which the tests do not look at.
  const checked = await runCommand("promtool", ["check", "rules", file]);
  const tested = await runCommand("promtool", ["test", "rules", cases]);
  const output = [checked, tested].map(({ stdout, stderr }) => stdout + stderr).join("\n");
  return { code: checked.code === 0 ? tested.code : checked.code, output };
}
