import assert from "node:assert/strict";
import { test } from "node:test";
import { classify, readTrial } from "#src/commands/doctor/read-trial.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";

const denied = 'admission webhook "allocate.pods.ovn4nfv.opnfv.org" denied the request:';

test("the trial pod is a dry run, and our refusal means that all works", async () => {
  const client = new FakeApiClient(() => {
    throw statusError(422, "", `${denied} UnknownNetwork: k8s.plugin.opnfv.org/nfn-network: interface[0].name`);
  });
  assert.deepEqual(await readTrial(client, "default", {}), { kind: "judged" });
  assert.deepEqual(client.requests[0]?.query, { dryRun: "All" });
  assert.equal(client.requests[0].path, "/api/v1/namespaces/default/pods");
});

test("a trial pod that is admitted was seen by nobody", async () => {
  assert.deepEqual(await readTrial(new FakeApiClient(() => ({})), "default", {}), { kind: "not asked" });
});

test("messages of the API server are distinguished", () => {
  const kinds = [
    `${denied} BackendUnavailable: the Northbound database does not answer`,
    'Internal error occurred: failed calling webhook "allocate.pods.ovn4nfv.opnfv.org": x509: certificate has expired',
    "pods \"x\" is forbidden: ValidatingAdmissionPolicy 'ovn4nfv-guard' with binding 'ovn4nfv-guard' denied request: ...",
    'pods "x" is forbidden: exceeded quota',
  ].map((message) => classify(message).kind);
  assert.deepEqual(kinds, ["no backend", "not reached", "not asked", "other"]);
});
