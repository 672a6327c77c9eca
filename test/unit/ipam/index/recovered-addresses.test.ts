import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RecoveredAddresses } from "#src/ipam/index/recovered-addresses.ts";
import { ipOf, keyOf, macOf, recoveredPod } from "#test/fixtures/ipam/nb-fixture.ts";

const mac = macOf("0a:00:00:00:00:02");

describe("the recovered addresses of stored pods", () => {
  it("keep an address and a MAC on their network only", () => {
    const recovered = new RecoveredAddresses();
    const pod = recoveredPod("blue", "10.0.0.2", mac);
    recovered.add(pod);
    assert.equal(recovered.of("blue", keyOf("10.0.0.2")), pod);
    assert.equal(recovered.of("blue", mac), pod);
    assert.equal(recovered.of("blue", keyOf("10.0.0.3")), undefined);
    assert.equal(recovered.of("red", keyOf("10.0.0.2")), undefined);
  });

  it("end as a whole, and an unknown one is passed over", () => {
    const recovered = new RecoveredAddresses();
    recovered.add(recoveredPod("blue", "10.0.0.2", mac));
    recovered.end("another");
    assert.equal(recovered.size, 1);
    recovered.end("lost");
    assert.deepEqual(
      [recovered.size, recovered.of("blue", keyOf("10.0.0.2")), recovered.of("blue", mac)],
      [0, undefined, undefined],
    );
  });

  it("of one allocation take the place of what it had before", () => {
    const recovered = new RecoveredAddresses();
    recovered.add(recoveredPod("blue", "10.0.0.2", mac));
    recovered.add(recoveredPod("blue", "10.0.0.3", mac));
    assert.equal(recovered.of("blue", keyOf("10.0.0.2")), undefined);
    assert.equal(recovered.all().length, 1);
  });

  it("that another pod took over stay with that one", () => {
    const recovered = new RecoveredAddresses();
    recovered.add(recoveredPod("blue", "10.0.0.2", mac, "a"));
    const second = recoveredPod("blue", "10.0.0.2", mac, "b");
    recovered.add(second);
    recovered.end("a");
    assert.equal(recovered.of("blue", keyOf("10.0.0.2")), second);
  });

  it("that two stored pods have are kept until both have ended, in either order", () => {
    for (const order of [
      ["a", "b"],
      ["b", "a"],
    ] as const) {
      const recovered = new RecoveredAddresses();
      for (const id of ["a", "b"]) recovered.add(recoveredPod("blue", "10.0.0.2", mac, id));
      recovered.end(order[0]);
      assert.equal(recovered.of("blue", keyOf("10.0.0.2"))?.allocation, order[1]);
      recovered.end(order[1]);
      assert.equal(recovered.of("blue", mac), undefined);
    }
  });

  it("end for the port that is back, and only when network, MAC and addresses are its own", () => {
    const recovered = new RecoveredAddresses();
    const other = macOf("0a:00:00:00:00:03");
    const ports = [...recoveredPod("blue", "10.0.0.2", mac).ports, ...recoveredPod("red", "10.1.0.2", other).ports];
    recovered.add({ ...recoveredPod("blue", "10.0.0.2", mac), ports });
    const held = (one: typeof mac, ...ips: readonly string[]) => ({ macs: [one], ips: ips.map(ipOf) });
    recovered.portReturned("lost", "red", held(mac, "10.0.0.2"));
    recovered.portReturned("another", "blue", held(mac, "10.0.0.2"));
    recovered.portReturned("lost", "blue", held(other, "10.0.0.2"));
    recovered.portReturned("lost", "blue", held(mac, "10.0.0.9"));
    assert.equal(recovered.all()[0]?.ports.length, 2);
    recovered.portReturned("lost", "blue", held(mac, "10.0.0.9", "10.0.0.2"));
    assert.equal(recovered.of("blue", mac), undefined);
    assert.ok(recovered.of("red", other));
    recovered.portReturned("lost", "red", held(other, "10.1.0.2"));
    assert.equal(recovered.size, 0);
  });
});
