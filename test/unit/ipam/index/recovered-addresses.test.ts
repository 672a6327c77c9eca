import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RecoveredAddresses } from "#src/ipam/index/recovered-addresses.ts";
import { claimOn, keyOf, macOf } from "#test/fixtures/ipam/nb-fixture.ts";

const mac = macOf("0a:00:00:00:00:02");

describe("the claims of stored pods", () => {
  it("keep an address and a MAC on their network only", () => {
    const claims = new RecoveredAddresses();
    const claim = claimOn("blue", "10.0.0.2", mac);
    claims.add(claim);
    assert.equal(claims.of("blue", keyOf("10.0.0.2")), claim);
    assert.equal(claims.of("blue", mac), claim);
    assert.equal(claims.of("blue", keyOf("10.0.0.3")), undefined);
    assert.equal(claims.of("red", keyOf("10.0.0.2")), undefined);
  });

  it("end as a whole, and an unknown one is passed over", () => {
    const claims = new RecoveredAddresses();
    claims.add(claimOn("blue", "10.0.0.2", mac));
    claims.end("another");
    assert.equal(claims.size, 1);
    claims.end("claimed");
    assert.deepEqual(
      [claims.size, claims.of("blue", keyOf("10.0.0.2")), claims.of("blue", mac)],
      [0, undefined, undefined],
    );
  });

  it("of one allocation take the place of what it claimed before", () => {
    const claims = new RecoveredAddresses();
    claims.add(claimOn("blue", "10.0.0.2", mac));
    claims.add(claimOn("blue", "10.0.0.3", mac));
    assert.equal(claims.of("blue", keyOf("10.0.0.2")), undefined);
    assert.equal(claims.all().length, 1);
  });

  it("that another claim took over stay with that one", () => {
    const claims = new RecoveredAddresses();
    claims.add(claimOn("blue", "10.0.0.2", mac, "a"));
    const second = claimOn("blue", "10.0.0.2", mac, "b");
    claims.add(second);
    claims.end("a");
    assert.equal(claims.of("blue", keyOf("10.0.0.2")), second);
  });

  it("end for the port that is back, and only when network and MAC are its own", () => {
    const claims = new RecoveredAddresses();
    const other = macOf("0a:00:00:00:00:03");
    const ports = [...claimOn("blue", "10.0.0.2", mac).ports, ...claimOn("red", "10.1.0.2", other).ports];
    claims.add({ ...claimOn("blue", "10.0.0.2", mac), ports });
    claims.portReturned("claimed", "red", mac);
    claims.portReturned("another", "blue", mac);
    assert.equal(claims.all()[0]?.ports.length, 2);
    claims.portReturned("claimed", "blue", mac);
    assert.equal(claims.of("blue", mac), undefined);
    assert.ok(claims.of("red", other));
    claims.portReturned("claimed", "red", other);
    assert.equal(claims.size, 0);
  });
});
