import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseResult } from "#src/api/result.ts";
import { otherHolder, planReCreation, type ReCreationInput } from "#src/controllers/allocations/re-creation.ts";
import { type FixturePort, NbFixture } from "#test/unit/ipam/nb-fixture.ts";
import { id, labelledPod, portName, resultText } from "./pods.ts";

const mac = "0a:58:0a:01:00:07";
const results = parseResult(resultText);

/** NB with the pod's network and perhaps somebody else's port, after the pod's own port was lost. */
function lost(other?: FixturePort) {
  const nb = new NbFixture();
  const blue = nb.addSwitch("blue", "10.1.0.0/24");
  if (other !== undefined) nb.addPort("blue", "other", other);
  return { nb, blue };
}

function plan(nb: NbFixture, more: Partial<ReCreationInput> = {}) {
  const times = { cluster: "c1", reservedAt: "2026-01-01T00:00:00.000Z" };
  return planReCreation({ pod: labelledPod(), results, missing: [portName], index: nb.index, ...times, ...more });
}

function whyNot(nb: NbFixture, more: Partial<ReCreationInput> = {}): string | undefined {
  const made = plan(nb, more);
  return made.possible ? undefined : made.why;
}

describe("planReCreation", () => {
  it("makes the port exactly as the result says, bound to the pod", () => {
    const { nb, blue } = lost();
    const port = {
      name: portName,
      switchUuid: blue,
      addresses: `${mac} 10.1.0.7`,
      allocation: id,
      namespace: "default",
      pod: "web",
      podUid: "uid-web",
      network: "blue",
      interfaceName: "net1",
      cluster: "c1",
      reservedAt: "2026-01-01T00:00:00.000Z",
    };
    assert.deepEqual(plan(nb), { possible: true, ports: [port] });
  });

  it("makes only what is missing", () => {
    const { nb } = lost();
    const second = results.map((result) => ({ ...result, interface: "net2", port: `${id}-net2` }));
    const made = plan(nb, { results: [...results, ...second], missing: [`${id}-net2`] });
    assert.deepEqual(made.possible && made.ports.map(({ name }) => name), [`${id}-net2`]);
  });

  it("yields to the port that holds the address by now, or the MAC", () => {
    const names = "port other holds an address of interface net1";
    assert.equal(whyNot(lost({ addresses: "0a:58:00:00:00:01 10.1.0.7" }).nb), names);
    assert.equal(whyNot(lost({ addresses: `${mac} 10.1.0.99` }).nb), names);
  });

  it("is not hindered by a neighbour with other addresses", () => {
    assert.equal(whyNot(lost({ addresses: "0a:58:0a:01:00:08 10.1.0.8" }).nb), undefined);
  });

  it("does not choose where the switch is gone, or is one of two", () => {
    assert.equal(whyNot(new NbFixture()), "the switch of network blue is gone");
    const { nb } = lost();
    nb.addSwitch("blue", "10.2.0.0/24");
    assert.equal(whyNot(nb), "there are 2 switches blue");
  });

  it("makes nothing of a result without a MAC address", () => {
    const broken = results.map((result) => ({ ...result, mac_address: "dynamic" }));
    assert.equal(whyNot(lost().nb, { results: broken }), "the result of interface net1 has no MAC address");
  });
});

describe("otherHolder", () => {
  const own = { addresses: `${mac} 10.1.0.7`, allocation: id, pod: "web", podUid: "uid-web" };

  it("is nobody while the new port is alone with its addresses", () => {
    const { nb } = lost({ addresses: "0a:58:0a:01:00:08 10.1.0.8" });
    const uuid = nb.addPort("blue", portName, own);
    assert.equal(otherHolder([uuid], results, nb.index), undefined);
  });

  it("is the port that came to the address while ours was being inserted", () => {
    const { nb } = lost({ addresses: "0a:58:00:00:00:01 10.1.0.7" });
    const uuid = nb.addPort("blue", portName, own);
    assert.equal(otherHolder([uuid], results, nb.index), "port other");
  });
});
