import assert from "node:assert/strict";
import { test } from "node:test";
import { networkCrd } from "#src/api/network/network-crd.ts";
import { crdBody } from "#tools/docs/crd-page.ts";

const body = crdBody(networkCrd(), "kind: Network\n");

test("each field of a kind has a row with its type, its default and its meaning", () => {
  assert.match(body, /\| `spec\.cniType` \| `ovn4nfv` \| `ovn4nfv` \| Always ovn4nfv/);
  assert.match(body, /\| `spec\.ipv4Subnets\[\]\.subnet` \| string \| required \| The prefix/);
  assert.match(body, /\| `status\.pools\[\]\.family` \| `IPv4` `IPv6` \|/);
  const rows = body.split("\n").filter((line) => line.startsWith("| `"));
  for (const row of rows) assert.doesNotMatch(row, /\| {2}\|$/, "a field without a meaning");
});

test("every rule stands there once, in the words of the refusal", () => {
  assert.equal(body.split("* a Network needs at least one subnet").length, 2);
  assert.equal(body.split("* gateway must lie inside the subnet").length, 2);
});
