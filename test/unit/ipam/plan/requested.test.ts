import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { insert } from "ovsdb-client";
import type { AppError } from "#src/core/errors.ts";
import type { PortRequest } from "#src/ipam/allocation.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { loadBalancer, nat } from "#src/ovn/nb-tables.ts";
import { refusalOf, refused } from "#test/assertions/refused.ts";
import { recoveredPod, ipOf, keyOf, macOf, NbFixture, portRequest, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

function blue(): NbFixture {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/28", { gateways: "10.0.0.1", "exclude-ips": "10.0.0.9" });
  return nb;
}

function whyNot(nb: NbFixture, ...ports: readonly PortRequest[]): string {
  const { code, reason } = refused(() => planPorts(requestOf(...ports), nb.view));
  return `${code}: ${reason}`;
}

/** The holder, which only the log and the audit annotation name. */
const holderOf = (nb: NbFixture, port: PortRequest): unknown =>
  refusalOf(() => planPorts(requestOf(port), nb.view)).details.holder;

const asks = (ip: string): PortRequest => portRequest("blue", [ip]);
const asksMac = (mac: string): PortRequest => portRequest("blue", [], mac);

describe("a requested address", () => {
  it("is refused with its field when it is outside the network", () => {
    const nb = blue();
    assert.deepEqual(
      refused(() => planPorts(requestOf(portRequest("blue"), asks("10.0.1.2")), nb.view)),
      {
        code: "AddressOutOfRange",
        field: "interface[1].ipAddress",
        reason: 'is outside the network "blue", which has 10.0.0.0/28',
      },
    );
  });

  it("must have the subnet's mask when it has one", () => {
    const nb = blue();
    const masked = (prefixLength: number): PortRequest => {
      return { ...asks("10.0.0.2"), addresses: [{ ip: ipOf("10.0.0.2"), prefixLength }] };
    };
    assert.equal(planPorts(requestOf(masked(28)), nb.view).length, 1);
    assert.throws(
      () => planPorts(requestOf(masked(24)), nb.view),
      (error: AppError) => /"10\.0\.0\.2\/24"/.test(error.message),
    );
    assert.match(whyNot(nb, masked(24)), /^Malformed: .*the mask \/24, but the subnet is 10\.0\.0\.0\/28/);
  });

  it("is refused with what it is reserved for", () => {
    const nb = blue();
    nb.commit(insert(nat, { external_ip: "10.0.0.7" }));
    nb.commit(insert(loadBalancer, { name: "lb", vips: { "10.0.0.8:80": "192.0.2.1:80" } }));
    const expected = {
      "10.0.0.0": "is the network or broadcast address of 10.0.0.0/28",
      "10.0.0.1": "is the gateway of 10.0.0.0/28",
      "10.0.0.7": "is a NAT address",
      "10.0.0.8": "is a load balancer address",
      "10.0.0.9": "is excluded from 10.0.0.0/28",
      "10.0.0.15": "is the network or broadcast address of 10.0.0.0/28",
    };
    for (const [ip, reason] of Object.entries(expected)) {
      assert.equal(whyNot(nb, asks(ip)), `AddressReserved: ${reason}`);
    }
  });

  it("may be taken at once in its cooldown", () => {
    const nb = blue();
    nb.index.named("blue")[0]?.coolDown([ipOf("10.0.0.5")], nb.clock.monotonicMs());
    const [port] = planPorts(requestOf(asks("10.0.0.5")), nb.view);
    assert.deepEqual(port?.addresses, [{ ip: ipOf("10.0.0.5"), prefixLength: 28, requested: true }]);
  });

  it("is refused while it is kept for a stored pod whose port NB lost", () => {
    const nb = blue();
    nb.index.recovered.add(recoveredPod("blue", "10.0.0.5", "0a:00:00:00:00:05"));
    const inUse = 'is in use by pod default/stored on the network "blue"';
    assert.equal(whyNot(nb, asks("10.0.0.5")), `AddressInUse: ${inUse}`);
    assert.equal(whyNot(nb, asksMac("0a:00:00:00:00:05")), `MacInUse: ${inUse}`);
    nb.index.recovered.end("lost");
    assert.equal(planPorts(requestOf(portRequest("blue", ["10.0.0.5"], "0a:00:00:00:00:05")), nb.view).length, 1);
  });

  it("names its holder when that is a VM's port or a pod of the same namespace, and to the log alone else", () => {
    const nb = blue();
    const port = (n: string, of: object): string =>
      nb.addPort("blue", n, { addresses: `0a:00:00:00:00:0${n} 10.0.0.${n}`, ...of });
    port("2", {});
    port("3", { allocation: "a", pod: "db", podUid: "uid" });
    port("4", { allocation: "b", namespace: "other", pod: "db", podUid: "uid" });
    port("5", { allocation: "c", namespace: "other" });
    const on = 'on the network "blue"';
    const expected = [
      ["10.0.0.2", `is in use by the port "2" ${on}`, "port 2"],
      ["10.0.0.3", `is in use by pod default/db ${on}`, "pod default/db"],
      ["10.0.0.4", `is in use by a pod of another namespace ${on}`, "pod other/db"],
      ["10.0.0.5", `is in use by another pod that is being created ${on}`, "a reservation of namespace other"],
    ] as const;
    for (const [ip, reason, holder] of expected) {
      assert.equal(whyNot(nb, asks(ip)), `AddressInUse: ${reason}`);
      assert.equal(holderOf(nb, asks(ip)), holder);
    }
  });

  it("taken by the same pod's other interface is not blamed on another pod, one in flight is", () => {
    const nb = blue();
    const sibling = 'is in use by another interface of this pod on the network "blue"';
    assert.equal(whyNot(nb, asks("10.0.0.5"), asks("10.0.0.5")), `AddressInUse: ${sibling}`);
    nb.index.named("blue")[0]?.withheld.add(keyOf("10.0.0.5"));
    assert.match(whyNot(nb, asks("10.0.0.5")), /in use by another pod that is being created/);
  });
});

describe("a requested MAC", () => {
  it("taken by the pod's own other interface is not blamed on another pod", () => {
    const nb = blue();
    const mac = "0a:00:00:00:00:01";
    assert.equal(
      whyNot(nb, asksMac(mac), asksMac(mac)),
      'MacInUse: is in use by another interface of this pod on the network "blue"',
    );
  });

  it("is refused when a port has it or a plan in flight wants it", () => {
    const nb = blue();
    nb.addPort("blue", "vm", { addresses: "0a:00:00:00:00:01" });
    nb.index.named("blue")[0]?.withheld.add(macOf("0a:00:00:00:00:02"));
    assert.match(whyNot(nb, asksMac("0a:00:00:00:00:01")), /^MacInUse: is in use by the port "vm"/);
    assert.match(whyNot(nb, asksMac("0a:00:00:00:00:02")), /^MacInUse: is in use by another pod that is being created/);
  });

  it("is refused when NAT answers with it on the network, and is not chosen either", () => {
    const nb = blue();
    nb.commit(insert(nat, { external_ip: "192.0.2.1", external_mac: "0a:58:0a:00:00:02" }));
    assert.match(whyNot(nb, asksMac("0a:58:0a:00:00:02")), /^MacInUse: is in use by a NAT address/);
    const [port] = planPorts(requestOf(asks("10.0.0.2")), nb.view);
    assert.equal(port?.mac, "0a:58:0a:00:00:03");
  });

  it("may be used on two networks of one pod", () => {
    const nb = blue();
    nb.addSwitch("red", "10.1.0.0/28");
    const ports = [asksMac("0a:00:00:00:00:01"), portRequest("red", [], "0a:00:00:00:00:01")];
    assert.equal(planPorts(requestOf(...ports), nb.view).length, 2);
  });

  it("must be one that an interface can have", () => {
    const nb = blue();
    assert.match(whyNot(nb, asksMac("01:00:5e:00:00:01")), /^Malformed: is a group address/);
  });
});
