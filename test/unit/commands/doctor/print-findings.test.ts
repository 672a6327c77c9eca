import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { failed, ok, warning } from "#src/commands/doctor/finding.ts";
import { printFindings, widthOf, wrap } from "#src/commands/doctor/print-findings.ts";

const findings = [
  ok("kubernetes", "Kubernetes 1.34.4"),
  failed(
    "multus",
    "our NetworkAttachmentDefinition is missing: pods stay in ContainerCreating",
    "apply the installation again",
  ),
];

test("findings and cures go on in indented lines, and no line is wider than the terminal", () => {
  const text = printFindings(findings, 61);
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

test("the width is that of a terminal, and 80 for a file or a pipe", () => {
  assert.equal(widthOf(Object.assign(new PassThrough(), { columns: 132 })), 132);
  assert.equal(widthOf(new PassThrough()), 80);
});

test("a word that is longer than the width has a line of its own", () => {
  assert.deepEqual(wrap("see kubectl-label-namespace now", 10), ["see", "kubectl-label-namespace", "now"]);
  assert.deepEqual(wrap("two\nlines", 80), ["two lines"]);
});

test("files to write come after all lines, unbroken however wide they are", () => {
  const line = `name: ${"x".repeat(90)}\n`;
  const [first = ok("kubernetes", "")] = findings;
  const text = printFindings([{ ...warning("clients", "open", "write them"), example: line }, first], 61);
  assert.ok(text.endsWith(`ok        Kubernetes 1.34.4\n\n${line}`), text);
});
