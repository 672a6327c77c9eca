import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitchPort } from "#src/ovn/nb-tables.ts";
import { insertPorts } from "#src/ovn/ports/port-operations.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";

const addresses = "0a:58:0a:00:00:05 10.0.0.5";

const sticky = { set: "db", uid: "u", network: "blue", interface: "net1", whenScaled: "Retain" } as const;

/** A port with addresses that only the object of its claim named. */
function toldPort(podUid: string) {
  const nb = new NbFixture();
  const switchUuid = nb.addSwitch("blue", "10.0.0.0/24");
  const port = {
    name: "a-net1",
    switchUuid,
    addresses,
    filter: { mode: "full", allowed: [] },
    allocation: "a",
    namespace: "default",
    pod: "",
    podUid,
    network: "blue",
    interfaceName: "net1",
    cluster: "",
    reservedAt: "2026-01-01T00:00:00Z",
    claim: { name: "db-0", isFresh: false, sticky },
  } as const;
  nb.commit(...insertPorts([port]));
  const [uuid = ""] = nb.index.claims.of({ cluster: "", namespace: "default", name: "db-0" });
  assert.equal(nb.index.port(uuid)?.external_ids.get(externalId("claim-fresh")), "told");
  return { nb, keeps: (hasLost = false) => nb.index.keepsOf(uuid, switchUuid, hasLost)?.addresses };
}

describe("what is kept of a port with addresses that only the object of its claim named", () => {
  it("is all while nobody else holds any of them", () => {
    const { nb, keeps } = toldPort("");
    nb.addPort("blue", "other", { addresses: "0a:58:0a:00:00:06 10.0.0.6" });
    assert.equal(keeps(), addresses);
  });

  it("says for which replica the claim is made, as the port did", () => {
    const { nb } = toldPort("u");
    const [uuid = ""] = nb.index.claims.of({ cluster: "", namespace: "default", name: "db-0" });
    assert.deepEqual(nb.index.keepsOf(uuid, nb.index.switchesOf(uuid)[0]?.uuid ?? "", false)?.sticky, sticky);
  });

  it("is what its port security says when somebody made its addresses dynamic, and else nothing", () => {
    const { nb, keeps } = toldPort("u");
    const [uuid = ""] = nb.index.claims.of({ cluster: "", namespace: "default", name: "db-0" });
    nb.set(logicalSwitchPort, uuid, { addresses: ["dynamic"] });
    assert.equal(keeps(), addresses);
    nb.set(logicalSwitchPort, uuid, { port_security: [] });
    assert.equal(keeps(), undefined);
  });

  it("is nothing when somebody else holds its address or its MAC", () => {
    for (const taken of ["0a:58:0a:00:00:06 10.0.0.5", "0a:58:0a:00:00:05 10.0.0.6"]) {
      const { nb, keeps } = toldPort("");
      nb.addPort("blue", "other", { addresses: taken });
      assert.equal(keeps(), undefined);
    }
  });

  it("is all when the pod was stored, also while another attempt for its address loses, unless the port itself gives way", () => {
    const { nb, keeps } = toldPort("u");
    nb.addPort("blue", "other", { addresses, allocation: "b" });
    assert.deepEqual([keeps(), keeps(true)], [addresses, undefined]);
  });
});
