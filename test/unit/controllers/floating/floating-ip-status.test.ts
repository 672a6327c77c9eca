import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { floatingIpStatus } from "#src/controllers/floating/floating-ip-status.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const port = {
  uuid: "p",
  name: "01A-net1",
  allocation: "01A",
  network: "blue",
  interfaceName: "net1",
  ips: [ip("10.10.0.7")],
  uplink: "west",
};
const target = { pod: { name: "a", uid: "u" }, port, ip: ip("10.10.0.7") };
const attached = { reason: "Attached", message: "", address: ip("198.51.100.20"), target };
const [first, second] = ["2026-11-29T00:00:00Z", "2026-11-29T00:01:00Z"] as const;

describe("the status of a FloatingIP", () => {
  it("names the address and the interface at which it arrives", () => {
    const { conditions, ...rest } = floatingIpStatus(attached, { generation: 3, status: undefined }, first);
    assert.deepEqual(rest, {
      observedGeneration: 3,
      address: "198.51.100.20",
      pod: "a",
      network: "blue",
      interface: "net1",
      podAddress: "10.10.0.7",
    });
    assert.deepEqual(
      conditions?.map(({ type, status, reason, lastTransitionTime }) => [type, status, reason, lastTransitionTime]),
      [["Ready", "True", "Attached", first]],
    );
  });

  it("keeps the address without a pod, also when it is not held at the moment", () => {
    const before = floatingIpStatus(attached, { generation: 3, status: undefined }, first);
    const lost = { reason: "AddressInUse", message: "x", address: undefined, target: undefined };
    const now = floatingIpStatus(lost, { generation: 3, status: before }, second);
    assert.deepEqual([now.address, now.pod, now.interface], ["198.51.100.20", undefined, undefined]);
    assert.deepEqual(
      now.conditions?.map(({ status, reason, lastTransitionTime }) => [status, reason, lastTransitionTime]),
      [["False", "AddressInUse", second]],
    );
  });
});
