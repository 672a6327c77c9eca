import assert from "node:assert/strict";
import { hostname } from "node:os";
import { test } from "node:test";
import { processIdentity } from "#src/commands/process-identity.ts";

test("a process is called by its host, and each start has a name of its own", () => {
  const { instance, unique } = processIdentity();
  assert.equal(instance, hostname());
  assert.match(unique.slice(instance.length), /^-[0-9a-f]{8}$/);
  assert.notEqual(processIdentity().unique, unique);
});

test("a name that is given stands in place of the host's, and a role before it", () => {
  assert.match(processIdentity({ instance: "web-0" }).unique, /^web-0-[0-9a-f]{8}$/);
  assert.match(processIdentity({ instance: "web-0", role: "late" }).unique, /^late-web-0-[0-9a-f]{8}$/);
  assert.equal(processIdentity({ instance: undefined }).instance, hostname());
});
