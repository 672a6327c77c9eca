import assert from "node:assert/strict";
import { test } from "node:test";
import { readBackupState, readKubeOvn, readOwnDatabases } from "#src/commands/doctor/read-keeping.ts";
import { FakeApiClient, statusError } from "#test/fakes/kube/fake-api-client.ts";

const metadata = { name: "x", uid: "u", resourceVersion: "1", creationTimestamp: "2026-11-24T10:00:00Z" };

function clientWith(end: string, object: object): FakeApiClient {
  return new FakeApiClient(({ path }) => {
    if (path.endsWith(end)) return { metadata, ...object };
    throw statusError(404, "NotFound");
  });
}

test("the flags of Kube-OVN's controller are read from its Deployment, with the defaults of its program", async () => {
  const read = (...args: readonly string[]) =>
    readKubeOvn(clientWith("/kube-ovn-controller", { spec: { template: { spec: { containers: [{ args }] } } } }), {});
  assert.deepEqual(await read(), { collects: true, sparesSwitches: false, sparesLoadBalancers: false });
  assert.deepEqual(await read("--enable-external-vpc=true", "--enable-lb=false", "--gc-interval=0"), {
    collects: false,
    sparesSwitches: true,
    sparesLoadBalancers: true,
  });
  assert.equal(await readKubeOvn(clientWith("/other", {}), {}), undefined);
});

test("the time of the last backup is that of the CronJob", async () => {
  const status = { lastSuccessfulTime: "2026-11-25T02:17:00Z" };
  const client = clientWith("/ovn4nfv-backup", { spec: { suspend: true }, status });
  assert.deepEqual(await readBackupState(client, "ovn4nfv-system", {}), {
    isSuspended: true,
    madeMs: Date.UTC(2026, 10, 24, 10),
    succeededMs: Date.UTC(2026, 10, 25, 2, 17),
  });
  assert.equal(await readBackupState(clientWith("/other", {}), "ovn4nfv-system", {}), undefined);
  assert.equal(await readOwnDatabases(clientWith("/statefulsets/ovn-central", {}), "ovn4nfv-system", {}), true);
});
