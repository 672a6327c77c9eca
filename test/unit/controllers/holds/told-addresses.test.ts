import assert from "node:assert/strict";
import { test } from "node:test";
import { ToldAddresses } from "#src/controllers/holds/told-addresses.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

test("the addresses that objects were told are known when those of all kinds were read, and are nobody else's", async () => {
  const told = new ToldAddresses();
  const services = Promise.withResolvers<undefined>();
  const known: string[] = [];
  const whenServicesKnown = async (): Promise<void> => {
    await services.promise;
    known.push("services");
  };
  told.add({ uidsWith: () => [], whenKnown: () => Promise.resolve() });
  told.add({
    uidsWith: (address) => (address === "198.51.100.20" ? ["s"] : []),
    whenKnown: whenServicesKnown,
  });
  const waiting = told.whenKnown({}).then(() => known.push("all"));
  services.resolve(undefined);
  await waiting;
  assert.deepEqual(known, ["services", "all"]);
  assert.equal(told.isToldToOther("f", ip("198.51.100.20")), true);
  assert.equal(told.isToldToOther("s", ip("198.51.100.20")), false);
  assert.equal(told.isToldToOther("f", ip("198.51.100.21")), false);
});
