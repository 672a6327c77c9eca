import assert from "node:assert/strict";
import { test } from "node:test";
import { failed, ok, warning } from "#src/commands/doctor/finding.ts";
import { printFindings } from "#src/commands/doctor/print-findings.ts";

const findings = [
  ok("kubernetes", "Kubernetes 1.34.4"),
  failed(
    "multus",
    "our NetworkAttachmentDefinition is missing: pods stay in ContainerCreating",
    "apply the installation again",
  ),
];

test("findings and cures go on in indented lines, and no line is wider than the terminal", () => {
  const text = printFindings(findings, { width: 61, hasColors: false });
  assert.equal(
    text,
    [
      "CHECK        HEALTH   FINDING",
      "kubernetes   ok       Kubernetes 1.34.4",
      "multus       failed   our NetworkAttachmentDefinition is",
      "                      missing: pods stay in ContainerCreating",
      "                      cure: apply the installation again",
      "",
    ].join("\n"),
  );
});

test("outside of a terminal lines have at most 80 columns", () => {
  const text = printFindings([failed("multus", "word ".repeat(60).trim(), "")], { width: undefined, hasColors: false });
  assert.equal(Math.max(...text.split("\n").map(({ length }) => length)), 77);
});

test("the health is coloured, and what a terminal would obey is shown", () => {
  const text = printFindings([failed("multus", "the pod \u001b]0;x\u0007 hangs", "")], { width: 80, hasColors: true });
  assert.equal(text.split("\n")[1], "multus   \u001b[31mfailed\u001b[39m   the pod \\u001b]0;x\\u0007 hangs");
});

test("files to write come after all lines, unbroken however wide they are", () => {
  const line = `name: ${"x".repeat(90)}\n`;
  const [first = ok("kubernetes", "")] = findings;
  const text = printFindings([{ ...warning("clients", "open", "write them"), example: line }, first], {
    width: 61,
    hasColors: false,
  });
  assert.ok(text.endsWith(`ok        Kubernetes 1.34.4\n\n${line}`), text);
});
