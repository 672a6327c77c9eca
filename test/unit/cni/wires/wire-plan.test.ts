import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WireView } from "#cni/wires/ovs-wiring.ts";
import { planWires } from "#cni/wires/wire-plan.ts";
import type { WiredNetwork } from "#cni/wires/wired-network.ts";
import {
  bridgeNamed,
  linkNamed,
  networkOn,
  ownBridge,
  patchPort,
  portNamed,
  viewOf,
} from "#test/fixtures/cni/wire-views.ts";

const mapping = { physicalNetwork: "ovn4nfv-eth1", bridge: "br-eth1" };
const mapped = { mappingsText: "ovn4nfv-eth1:br-eth1", ownText: "ovn4nfv-eth1:br-eth1" };
const adopted = networkOn("one", { physicalNetwork: "phys", entry: { kind: "bridge", name: "br-x" } });

const plan = (networks: readonly WiredNetwork[], view: WireView, ...used: readonly string[]) =>
  planWires({ networks, used: new Set(used) }, view);

/** The reason of each physical network, in one word. */
function readiness(plan: ReturnType<typeof planWires>): Readonly<Record<string, string | undefined>> {
  const entries = plan.wires.map(({ physicalNetwork, conditions }) => [
    physicalNetwork,
    conditions.find(({ type }) => type === "Ready")?.reason,
  ]);
  return Object.fromEntries(entries) as Readonly<Record<string, string | undefined>>;
}

describe("planWires", () => {
  it("wants one bridge and one mapping for all networks on an interface", () => {
    const planned = plan([networkOn("one"), networkOn("two")], viewOf());
    assert.deepEqual([planned.attachable, planned.mappings, planned.leaving], [["eth1"], [mapping], []]);
    assert.equal(planned.wires.length, 1);
  });

  it("says that a wire is connected when its bridge is there, with the MTU of the interface", () => {
    const planned = plan([networkOn("one")], viewOf({ ...mapped, bridges: [ownBridge()] }));
    assert.deepEqual(planned.wires, [
      {
        physicalNetwork: "ovn4nfv-eth1",
        interface: "eth1",
        bridge: "br-eth1",
        mtu: 1500,
        conditions: [
          { type: "Ready", status: "True", reason: "Connected", message: "eth1 on br-eth1" },
          { type: "MtuFits", status: "True", reason: "Fits", message: "" },
        ],
      },
    ]);
  });

  it("makes no bridge for an interface that the node uses itself", () => {
    const links = [linkNamed("eth1", { addresses: ["192.0.2.7/24"] })];
    const planned = plan([networkOn("one")], viewOf({}, { links }));
    assert.deepEqual([planned.attachable, planned.mappings], [[], []]);
    assert.deepEqual(readiness(planned), { "ovn4nfv-eth1": "InterfaceHasAddress" });
    assert.equal(planned.wires[0]?.bridge, undefined);
  });

  it("takes a bridge away that nothing uses, and keeps one for as long as pods use it", () => {
    const idle = plan([], viewOf({ ...mapped, bridges: [ownBridge()] }));
    assert.deepEqual([idle.leaving, idle.mappings, idle.wires], [["eth1"], [], []]);
    const busy = plan([], viewOf({ ...mapped, bridges: [ownBridge([patchPort])] }), mapping.physicalNetwork);
    assert.deepEqual([busy.leaving, busy.mappings, readiness(busy)], [[], [mapping], { "ovn4nfv-eth1": "Leaving" }]);
    const shared = plan([], viewOf({ ...mapped, bridges: [ownBridge([portNamed("eth9")])] }));
    assert.deepEqual([shared.leaving, shared.mappings], [[], []], "somebody else has put a port on it");
  });

  it("keeps the bridge of pods when the interface is refused later, and says that it is not ready", () => {
    const links = [linkNamed("eth1", { addresses: ["192.0.2.7/24"] })];
    const view = viewOf({ ...mapped, bridges: [ownBridge([patchPort])] }, { links });
    const planned = plan([networkOn("one")], view, mapping.physicalNetwork);
    assert.deepEqual([planned.leaving, planned.mappings], [[], [mapping]]);
    assert.deepEqual([planned.attachable, planned.kept], [[], ["eth1"]], "the node keeps its address");
    assert.deepEqual(readiness(planned), { "ovn4nfv-eth1": "InterfaceHasAddress" });
    assert.deepEqual(plan([networkOn("one")], viewOf({ ...mapped, bridges: [ownBridge()] }, { links })).leaving, [
      "eth1",
    ]);
  });

  it("moves a physical network to another interface when the last pod has left the first one", () => {
    const moved = networkOn("one", { entry: { kind: "interface", name: "eth2" } });
    const links = [linkNamed("eth1"), linkNamed("eth2")];
    const view = viewOf({ ...mapped, bridges: [ownBridge([patchPort])] }, { links });
    const busy = plan([moved], view, mapping.physicalNetwork);
    assert.deepEqual([busy.mappings, busy.attachable, readiness(busy)], [[mapping], [], { "ovn4nfv-eth1": "Leaving" }]);
    const idle = plan([moved], view);
    assert.deepEqual([idle.attachable, idle.leaving], [["eth2"], ["eth1"]]);
    assert.deepEqual(idle.mappings, [{ physicalNetwork: "ovn4nfv-eth1", bridge: "br-eth2" }]);
  });

  it("gives an interface to the older of two physical networks", () => {
    const planned = plan([networkOn("one"), networkOn("two", { physicalNetwork: "other" })], viewOf());
    assert.deepEqual(planned.mappings, [mapping]);
    assert.equal(readiness(planned)["other"], "InterfaceTaken");
  });

  it("tells the networks that name another interface for the same physical network", () => {
    const younger = networkOn("two", { entry: { kind: "interface", name: "eth2" } });
    const planned = plan([networkOn("one"), younger], viewOf());
    const agreed = planned.wires[0]?.conditions.find(({ type }) => type === "InterfaceAgreed");
    assert.match(agreed?.message ?? "", /^default\/two \(eth2\) cannot have the physical network of default\/one/);
  });

  it("adds only the mapping to a bridge of somebody else", () => {
    const bridges = [bridgeNamed("br-x", [portNamed("eth1")])];
    const planned = plan([adopted], viewOf({ bridges }));
    assert.deepEqual(planned.attachable, []);
    assert.deepEqual(planned.mappings, [{ physicalNetwork: "phys", bridge: "br-x" }]);
    assert.deepEqual([readiness(planned), planned.wires[0]?.mtu], [{ phys: "Connected" }, 1500]);
  });

  it("tells a network whose interface is on a bridge of somebody else, while another network adopts that bridge", () => {
    const bridges = [bridgeNamed("br-eth1", [portNamed("eth1")])];
    const adopting = networkOn("two", { physicalNetwork: "phys", entry: { kind: "bridge", name: "br-eth1" } });
    const planned = plan([networkOn("one"), adopting], viewOf({ bridges }));
    assert.deepEqual([planned.attachable, planned.kept], [[], []]);
    assert.deepEqual(planned.mappings, [{ physicalNetwork: "phys", bridge: "br-eth1" }]);
    assert.deepEqual(readiness(planned), { "ovn4nfv-eth1": "InterfaceOnBridge", phys: "Connected" });
  });

  it("leaves a mapping of somebody else as it is, and refuses a wire that it contradicts", () => {
    const bridges = [bridgeNamed("br-x", [portNamed("eth1")])];
    const here = { bridges, mappingsText: "phys:br-x" };
    const same = plan([adopted], viewOf(here));
    assert.deepEqual([same.mappings, readiness(same)], [[], { phys: "Connected" }]);
    const other = plan([networkOn("one", { physicalNetwork: "phys" })], viewOf(here));
    assert.deepEqual([other.mappings, readiness(other)], [[], { phys: "MappedElsewhere" }]);
    const byHand = networkOn("one", { physicalNetwork: "phys", takesHandMade: true });
    assert.deepEqual(readiness(plan([byHand], viewOf(here))), { phys: "Connected" });
  });

  it("forgets a mapping of its own that somebody has pointed elsewhere", () => {
    const view = viewOf({ mappingsText: "ovn4nfv-eth1:br-x", ownText: mapped.ownText, bridges: [ownBridge()] });
    const planned = plan([networkOn("one")], view);
    assert.deepEqual([planned.mappings, planned.leaving], [[], ["eth1"]]);
    assert.deepEqual(readiness(planned), { "ovn4nfv-eth1": "MappedElsewhere" });
  });
});
