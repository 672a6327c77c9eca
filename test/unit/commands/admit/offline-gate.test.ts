import assert from "node:assert/strict";
import { test } from "node:test";
import { offlineGate } from "#src/commands/admit/offline-gate.ts";
import { indexedNb } from "#test/fixtures/ipam/indexed-nb.ts";

/** The warnings for a pod of the namespace `blue` that asks for a network with this selector, or its refusal. */
async function passes(selector: string | undefined): Promise<readonly string[]> {
  const chosen = selector === undefined ? {} : { "namespace-selector": selector };
  const ids = { subnets: "10.0.0.0/24", "allowed-namespaces": "*", ...chosen };
  const { index } = indexedNb({ switches: [{ name: "net", ids }] });
  const said: string[] = [];
  const gate = offlineGate(index, (text) => said.push(text));
  const port = { field: "interface[0]", network: "net", interfaceName: "net1", addresses: [], mac: undefined };
  try {
    await gate.pass([port], "blue", { signal: AbortSignal.any([]), deadlineMs: 0 });
  } catch (error) {
    said.push((error as Error).message.split(":")[0] ?? "");
  }
  return said;
}

const by = (selector: object, names: readonly string[] = []) => passes(JSON.stringify({ names, selector }));

test("without a selector, and for a namespace that is named, there is no warning", async () => {
  assert.deepEqual(await passes(undefined), []);
  assert.deepEqual(await by({ matchLabels: { team: "x" } }, ["blue"]), []);
});

test("a pod passes with a warning when the selector needs labels that are not known, also when their absence would match", async () => {
  const warning = ["net admits namespaces by their labels, and those of blue are not known here"];
  assert.deepEqual(await by({ matchLabels: { team: "x" } }), warning);
  assert.deepEqual(await by({ matchExpressions: [{ key: "team", operator: "DoesNotExist" }] }), warning);
});

test("the label with the namespace's name is known, and so is what matches everything", async () => {
  const name = "kubernetes.io/metadata.name";
  assert.deepEqual(await by({ matchLabels: { [name]: "blue" } }), []);
  assert.deepEqual(await by({ matchLabels: { [name]: "green" } }), ["NotAllowed"]);
  assert.deepEqual(await by({}), []);
});

test("a selector that cannot be read admits nobody", async () => {
  assert.deepEqual(await passes("{"), ["NotAllowed"]);
});
