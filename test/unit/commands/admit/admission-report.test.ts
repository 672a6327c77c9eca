import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { printAdmitted, printRemarks } from "#src/commands/admit/admission-report.ts";
import { printResult } from "#src/api/result.ts";
import { refusal } from "#src/core/errors.ts";
import type { AdmittedManifest } from "#src/commands/admit/manifest-admission.ts";

const result = printResult([
  {
    ip_address: ["10.0.0.2/24", "fd00::2/64"],
    mac_address: "0a:58:0a:00:00:02",
    gateway_ip: ["10.0.0.1"],
    defaultGateway: "true",
    interface: "net1",
    network: "blue",
    port: "A-net1",
  },
]);
const withResult: AdmittedManifest = {
  pod: "default/a",
  decision: { kind: "unchanged", warnings: ["odd"] },
  stored: { metadata: { annotations: { "k8s.plugin.opnfv.org/ovnInterfaces": result } } },
};
const plain: AdmittedManifest = {
  pod: "default/b",
  decision: { kind: "unchanged", warnings: [] },
  stored: { metadata: { name: "b" } },
};
const details = { field: "x", value: 1, reason: "is wrong", remedy: "correct it" };
const refused: AdmittedManifest = {
  pod: "default/c",
  decision: { kind: "refused", error: refusal("Malformed", details), warnings: [] },
  stored: undefined,
};

test("the table has a line for each interface, and one for a pod that asks for nothing", () => {
  const [title, first, second, ...rest] = printAdmitted("table", [withResult, plain, refused], false).split("\n");
  assert.match(title ?? "", /^POD +INTERFACE +NETWORK +ADDRESSES +MAC +GATEWAY$/);
  assert.match(
    first ?? "",
    /^default\/a +net1 +blue +10\.0\.0\.2\/24,fd00::2\/64 +0a:58:0a:00:00:02 +10\.0\.0\.1 \(default route\)$/,
  );
  assert.match(second ?? "", /^default\/b +<none> +- +- +- +-$/);
  assert.deepEqual(rest, [""]);
});

test("YAML and JSON are the objects themselves: documents, one object, or a List", () => {
  const documents = parseAllDocuments(printAdmitted("yaml", [withResult, plain], true));
  assert.deepEqual(
    [...documents].map((document) => document.toJS() as unknown),
    [withResult.stored, plain.stored],
  );
  assert.deepEqual(JSON.parse(printAdmitted("json", [plain, refused], true)), plain.stored);
  const list = { apiVersion: "v1", kind: "List", items: [withResult.stored, plain.stored] };
  assert.deepEqual(JSON.parse(printAdmitted("json", [withResult, plain], true)), list);
});

test("when all are refused nothing is printed", () => {
  for (const format of ["table", "yaml", "json"] as const) assert.equal(printAdmitted(format, [refused], false), "");
});

test("warnings and refusals name their pod", () => {
  assert.equal(
    printRemarks([withResult, refused]),
    "Warning: default/a: odd\nrefused: default/c: Malformed: x 1 is wrong; correct it\n",
  );
});

test("a dry run calls its addresses examples", () => {
  assert.match(
    printAdmitted("table", [withResult], true),
    /^POD +INTERFACE +NETWORK +EXAMPLE ADDRESSES +EXAMPLE MAC +GATEWAY\n/,
  );
  assert.match(printAdmitted("yaml", [withResult], true), /^# This was a dry run: .* examples\.\n/);
  assert.doesNotMatch(printAdmitted("yaml", [withResult], false), /example/);
});
