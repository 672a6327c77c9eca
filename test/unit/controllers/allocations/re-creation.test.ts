import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { storedResultOf } from "#src/controllers/allocation-rules/consistency.ts";
import { conflictingHolder, planReCreation } from "#src/controllers/allocations/re-creation.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { id, labelledPod, portName } from "#test/fixtures/controllers/labelled-pod.ts";

interface Holding {
  readonly switches?: number;
  /** The addresses of a port on the switch. */
  readonly addresses?: string;
}

function nbWith({ switches = 1, addresses }: Holding): NbFixture {
  const nb = new NbFixture();
  for (let n = 0; n < switches; n += 1) nb.addSwitch("blue", "10.1.0.0/24");
  if (addresses !== undefined) nb.addPort("blue", "vm", { addresses });
  return nb;
}

function plan(holding: Holding, missing: readonly string[] = [portName]) {
  return planOn(nbWith(holding), missing);
}

function planOn({ index }: NbFixture, missing: readonly string[] = [portName], revision = 0) {
  const pod = labelledPod();
  return planReCreation({
    pod,
    results: storedResultOf(pod),
    missing,
    revision,
    index,
    cluster: "c1",
    chassis: "c-1",
    reservedAt: "2026-01-01T00:00:00Z",
  });
}

describe("planReCreation", () => {
  it("inserts the port as the result says, bound to the pod", () => {
    const nb = nbWith({});
    const port = {
      name: portName,
      switchUuid: nb.uuidOf(logicalSwitch, "blue"),
      addresses: "0a:58:0a:01:00:07 10.1.0.7",
      filter: { mode: "full", allowed: [] },
      allocation: id,
      namespace: "default",
      pod: "web",
      podUid: "uid-web",
      network: "blue",
      interfaceName: "net1",
      cluster: "c1",
      chassis: "c-1",
      reservedAt: "2026-01-01T00:00:00Z",
    };
    assert.deepEqual(planOn(nb), {
      possible: true,
      ports: [{ ...port, floating: undefined, dhcp: undefined }],
      stale: [],
    });
  });

  it("writes on the port which revision of the result the pod has by now", () => {
    const planned = planOn(nbWith({}), [portName], 3);
    assert.deepEqual(planned.possible && planned.ports.map(({ revision }) => revision), [3]);
  });

  it("leaves ports alone that are not missing", () => {
    assert.deepEqual(plan({}, []), { possible: true, ports: [], stale: [] });
  });

  it("yields to the holder of the address or the MAC, and names it", () => {
    for (const addresses of ["0a:58:00:00:00:01 10.1.0.7", "0a:58:0a:01:00:07 10.1.0.99"]) {
      assert.deepEqual(plan({ addresses }), { possible: false, why: "port vm holds an address of interface net1" });
    }
  });

  it("needs the one switch of that name", () => {
    assert.deepEqual(plan({ switches: 0 }), { possible: false, why: "the switch of network blue is gone" });
    assert.deepEqual(plan({ switches: 2 }), { possible: false, why: "there are 2 switches blue" });
  });
});

describe("conflictingHolder", () => {
  const results = storedResultOf(labelledPod());
  const own = { addresses: "0a:58:0a:01:00:07 10.1.0.7", allocation: id, pod: "web", podUid: "uid-web" };

  function holderBeside(addresses: string): string | undefined {
    const nb = new NbFixture();
    nb.addSwitch("blue", "10.1.0.0/24");
    nb.addPort("blue", "other", { addresses });
    return conflictingHolder([nb.addPort("blue", portName, own)], results, nb.index);
  }

  it("is nobody while the new port is alone with its addresses", () => {
    assert.equal(holderBeside("0a:58:0a:01:00:08 10.1.0.8"), undefined);
  });

  it("is the port that has come to the address or the MAC meanwhile", () => {
    assert.equal(holderBeside("0a:58:00:00:00:01 10.1.0.7"), "port other");
    assert.equal(holderBeside("0a:58:0a:01:00:07 10.1.0.99"), "port other");
  });
});
