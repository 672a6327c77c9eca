import assert from "node:assert/strict";
import { test } from "node:test";
import { missingRight } from "#src/commands/missing-right.ts";
import { statusError } from "#test/fakes/kube/fake-api-client.ts";

const of = (message: string) => missingRight(statusError(403, "Forbidden", message));

test("a refusal of a right becomes the right that is needed", () => {
  assert.equal(
    of('nodes is forbidden: User "u" cannot list resource "nodes" in API group "" at the cluster scope'),
    "needs a user who may list nodes",
  );
  assert.equal(
    of(
      'leases "a" is forbidden: User "u" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "x"',
    ),
    "needs a user who may get leases in x",
  );
});

test("a refusal by admission, and any other error, is none of a right", () => {
  assert.equal(of('pods "a" is forbidden: exceeded quota: none'), undefined);
  assert.equal(missingRight(statusError(404, "NotFound")), undefined);
  assert.equal(missingRight(new Error("broken")), undefined);
});
