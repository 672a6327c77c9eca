import assert from "node:assert/strict";
import { test } from "node:test";
import { mergedDns } from "#cni/plumbing/merged-dns.ts";

test("each value stands once, in the order of the interfaces, and the first domain counts", () => {
  const one = { nameservers: ["10.1.0.53", "10.1.0.54"], search: ["a.example"], options: ["ndots:5"] };
  const two = { nameservers: ["10.2.0.53", "10.1.0.53"], domain: "b.example", search: ["b.example", "a.example"] };
  assert.deepEqual(mergedDns([one, undefined, two, { domain: "c.example" }]), {
    domain: "b.example",
    nameservers: ["10.1.0.53", "10.1.0.54", "10.2.0.53"],
    search: ["a.example", "b.example"],
    options: ["ndots:5"],
  });
});

test("networks without DNS settings have none together", () => {
  assert.equal(mergedDns([undefined, { search: [] }]), undefined);
});
