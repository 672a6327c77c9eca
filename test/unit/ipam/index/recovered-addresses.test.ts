import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RecoveredAddresses } from "#src/ipam/index/recovered-addresses.ts";
import { recoveredPod, keyOf, macOf } from "#test/fixtures/ipam/nb-fixture.ts";

const mac = macOf("0a:00:00:00:00:02");

describe("the claims of stored pods", () => {
  it("keep an address and a MAC on their network only", () => {
    const claims = new RecoveredAddresses();
    const claim = recoveredPod("blue", "10.0.0.2", mac);
    claims.add(claim);
    assert.equal(claims.of("blue", keyOf("10.0.0.2")), claim);
    assert.equal(claims.of("blue", mac), claim);
    assert.equal(claims.of("blue", keyOf("10.0.0.3")), undefined);
    assert.equal(claims.of("red", keyOf("10.0.0.2")), undefined);
  });

  it("end as a whole, and an unknown one is passed over", () => {
    const claims = new RecoveredAddresses();
    claims.add(recoveredPod("blue", "10.0.0.2", mac));
    claims.end("another");
    assert.equal(claims.size, 1);
    claims.end("lost");
    assert.deepEqual(
      [claims.size, claims.of("blue", keyOf("10.0.0.2")), claims.of("blue", mac)],
      [0, undefined, undefined],
    );
  });

  it("of one allocation take the place of what it claimed before", () => {
    const claims = new RecoveredAddresses();
    claims.add(recoveredPod("blue", "10.0.0.2", mac));
    claims.add(recoveredPod("blue", "10.0.0.3", mac));
    assert.equal(claims.of("blue", keyOf("10.0.0.2")), undefined);
    assert.equal(claims.all().length, 1);
  });

  it("that another claim took over stay with that one", () => {
    const claims = new RecoveredAddresses();
    claims.add(recoveredPod("blue", "10.0.0.2", mac, "a"));
    const second = recoveredPod("blue", "10.0.0.2", mac, "b");
    claims.add(second);
    claims.end("a");
    assert.equal(claims.of("blue", keyOf("10.0.0.2")), second);
  });

  it("end for the port that is back, and only when network and MAC are its own", () => {
    const claims = new RecoveredAddresses();
    const other = macOf("0a:00:00:00:00:03");
    const ports = [...recoveredPod("blue", "10.0.0.2", mac).ports, ...recoveredPod("red", "10.1.0.2", other).ports];
    claims.add({ ...recoveredPod("blue", "10.0.0.2", mac), ports });
    claims.portReturned("lost", "red", mac);
    claims.portReturned("another", "blue", mac);
    assert.equal(claims.all()[0]?.ports.length, 2);
    claims.portReturned("lost", "blue", mac);
    assert.equal(claims.of("blue", mac), undefined);
    assert.ok(claims.of("red", other));
    claims.portReturned("lost", "red", other);
    assert.equal(claims.size, 0);
  });
});
