import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClaimRequest, PlannedPort } from "#src/ipam/allocation.ts";
import { withhold } from "#src/ipam/commit/planned-group.ts";
import { planPorts } from "#src/ipam/plan/planner.ts";
import { printIp } from "#src/net/ip.ts";
import { refused } from "#test/assertions/refused.ts";
import { ipOf, macOf, NbFixture, portRequest, recoveredPod, requestOf } from "#test/fixtures/ipam/nb-fixture.ts";

const keptAddresses = "0a:58:0a:00:00:05 10.0.0.5";
const asked = (more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  field: "interface[0].claim",
  name: "db-0",
  network: "blue",
  addresses: [],
  ...more,
});
const told = [{ ip: ipOf("10.0.0.9"), prefixLength: 24 }];
const redTold = [{ ip: ipOf("10.1.0.9"), prefixLength: undefined }];

function nbWithNetworks() {
  const nb = new NbFixture();
  nb.addSwitch("blue", "10.0.0.0/24,fd00::/64");
  nb.addSwitch("red", "10.1.0.0/24");
  return nb;
}

/** A claim that is to have these addresses of a list for its replica. */
function plannedWith(nb: NbFixture, addresses: readonly string[], claim = asked()): PlannedPort {
  const addressField = "interface[0].ordinalAddresses[0]";
  const [port] = planPorts(requestOf({ ...portRequest("blue", addresses), addressField, claim }), nb.view);
  assert.ok(port);
  return port;
}

function planned(nb: NbFixture, claim = asked(), mac?: string, network = "blue"): PlannedPort {
  const [port] = planPorts(requestOf({ ...portRequest(network, [], mac), claim }), nb.view);
  assert.ok(port);
  return port;
}

const ips = ({ addresses }: PlannedPort) => addresses.map(({ ip }) => printIp(ip));

describe("the port of a claim", () => {
  it("gets exactly what the row keeps, and takes the place of the row", () => {
    const nb = nbWithNetworks();
    const kept = nb.addPort("blue", "kept", { addresses: keptAddresses, claim: "db-0" });
    const port = planned(nb, asked({ addresses: told }));
    assert.deepEqual([ips(port), port.mac], [["10.0.0.5"], "0a:58:0a:00:00:05"]);
    assert.deepEqual([port.claim?.kept?.uuid, port.claim?.isFresh], [kept, false]);
  });

  it("may have another MAC than the one that was kept", () => {
    const nb = nbWithNetworks();
    nb.addPort("blue", "kept", { addresses: keptAddresses, claim: "db-0" });
    assert.equal(planned(nb, asked(), "0a:00:00:00:00:01").mac, "0a:00:00:00:00:01");
  });

  it("gets exactly what the object says when NB keeps nothing", () => {
    const port = planned(nbWithNetworks(), asked({ addresses: told, mac: macOf("0a:58:0a:00:00:09") }));
    assert.deepEqual([ips(port), port.mac, port.claim?.isFresh], [["10.0.0.9"], "0a:58:0a:00:00:09", false]);
  });

  it("is refused first addresses when the namespace has as many claims as it may have, kept ones among them", () => {
    const nb = nbWithNetworks();
    const view = { ...nb.view, maxClaims: 2 };
    const plan = (claim: ClaimRequest, network = "blue") =>
      planPorts(requestOf({ ...portRequest(network), claim }), view);
    nb.addPort("blue", "kept", { addresses: keptAddresses, claim: "db-0" });
    assert.equal(plan(asked({ name: "db-2" })).length, 1);
    nb.addPort("blue", "a-net1", {
      addresses: "0a:58:0a:00:00:06 10.0.0.6",
      allocation: "a",
      podUid: "u",
      claim: "db-1",
    });
    const refusal = refused(() => plan(asked({ name: "db-2" })));
    assert.deepEqual([refusal.code, refusal.field], ["LimitReached", "interface[0].claim"]);
    assert.match(refusal.reason, /one more claim with addresses of the network "blue" than the 2/);
    assert.equal(plan(asked()).length, 1, "a kept claim is taken over");
    const restored = asked({ name: "db-2", addresses: told, isKept: true });
    assert.equal(plan(restored).length, 1, "after a restore the object tells");
    const written = refused(() => plan(asked({ name: "db-2", addresses: told })));
    assert.equal(written.code, "LimitReached", "somebody else wrote the addresses into the object");
    assert.equal(plan(asked({ name: "db-2" }), "red").length, 1, "on another network");
    assert.equal(planned(nb, asked({ name: "db-2" })).claim?.isFresh, true, "without the limit");
    nb.removePort("blue", "kept");
    const onTheirWay = (network: string, name: string) => plan(asked({ name }), network);
    for (const port of [onTheirWay("red", "db-7"), onTheirWay("blue", "db-8")]) withhold(port, "default", nb.index);
    assert.equal(refused(() => plan(asked({ name: "db-2" }))).code, "LimitReached", "one is on its way");
    assert.equal(plan(asked({ name: "db-2" }), "red").length, 1, "the other is on its way to another network");
    withhold(
      planPorts(requestOf({ ...portRequest("red"), claim: asked({ name: "db-9", addresses: redTold }) }), nb.view),
      "default",
      nb.index,
    );
    assert.equal(
      refused(() => plan(asked({ name: "db-2" }), "red")).code,
      "LimitReached",
      "also one with written addresses",
    );
  });

  it("counts a claim once, also while the machine that has it migrates, and while it takes over what is kept", () => {
    const nb = nbWithNetworks();
    const view = { ...nb.view, maxClaims: 2 };
    const claimed = { addresses: keptAddresses, allocation: "a", podUid: "u", claim: "db-0", machine: "vmi" };
    nb.addPort("blue", "a-net1", claimed);
    nb.addPort("blue", "b-net1", { ...claimed, allocation: "b", podUid: "v", waits: true });
    const first = () => planPorts(requestOf({ ...portRequest("blue"), claim: asked({ name: "db-2" }) }), view);
    assert.equal(first().length, 1);
    for (const name of ["a-net1", "b-net1"]) nb.removePort("blue", name);
    nb.addPort("blue", "kept", { addresses: keptAddresses, claim: "db-0" });
    withhold([planned(nb)], "default", nb.index);
    assert.equal(first().length, 1);
  });

  it("gets an address of each family when nothing says more, and is the first of its claim", () => {
    const port = planned(nbWithNetworks());
    assert.equal(ips(port).length, 2);
    assert.deepEqual([port.claim?.kept, port.claim?.isFresh], [undefined, true]);
  });

  it("gets the addresses that are asked for as its first ones, and one of each other family", () => {
    const port = plannedWith(nbWithNetworks(), ["10.0.0.9"]);
    assert.deepEqual([ips(port)[0], ips(port).length, port.claim?.isFresh], ["10.0.0.9", 2, true]);
    assert.throws(
      () => plannedWith(nbWithNetworks(), ["10.9.0.9"]),
      /AddressOutOfRange: interface\[0\]\.ordinalAddresses\[0\] "10.9.0.9" .*, or leave ordinalAddresses out/,
    );
  });

  it("is refused other addresses than it has, with the cure", () => {
    const nb = nbWithNetworks();
    nb.addPort("blue", "kept", { addresses: `${keptAddresses} fd00::5`, claim: "db-0" });
    assert.equal(plannedWith(nb, ["10.0.0.5"]).claim?.isFresh, false);
    assert.throws(
      () => plannedWith(nb, ["10.0.0.9"]),
      /ClaimInvalid: interface\[0\]\.ordinalAddresses\[0\] "10.0.0.9" differs from what the IPAMClaim db-0 has, which is 10.0.0.5,fd00::5; write those/,
    );
    assert.throws(
      () => plannedWith(nbWithNetworks(), ["10.0.0.8"], asked({ addresses: told })),
      /ClaimInvalid: .* differs/,
    );
  });

  it("is refused while another pod has the claim, also one that is being created", () => {
    const nb = nbWithNetworks();
    nb.addPort("blue", "a-net1", {
      addresses: keptAddresses,
      allocation: "a",
      pod: "db-0",
      podUid: "u",
      claim: "db-0",
    });
    assert.throws(
      () => planned(nb),
      /^AppError: ClaimInUse: interface\[0\]\.claim "db-0" is in use by pod default\/db-0; wait/,
    );
    nb.removePort("blue", "a-net1");
    nb.index.claims.withheld.add("/default/db-0");
    assert.throws(() => planned(nb), /is in use by another pod that is being created/);
  });

  it("is refused while a stored pod has the claim whose port NB lost, and a row keeps it from before", () => {
    const nb = nbWithNetworks();
    nb.addPort("blue", "kept", { addresses: keptAddresses, claim: "db-0" });
    nb.index.recovered.add({ ...recoveredPod("blue", "10.0.0.5", "0a:58:0a:00:00:05"), claims: ["/default/db-0"] });
    assert.throws(() => planned(nb), /ClaimInUse: .* is in use by pod default\/stored/);
  });

  it("gets the addresses of its own claim back whose row NB lost, and nobody else gets them", () => {
    const nb = nbWithNetworks();
    const lost = { ...recoveredPod("blue", "10.0.0.9", "0a:58:0a:00:00:09", "/default/db-0"), pod: "db-0", podUid: "" };
    nb.index.recovered.add({ ...lost, keptFor: "/default/db-0" });
    assert.deepEqual(ips(planned(nb, asked({ addresses: told }))), ["10.0.0.9"]);
    assert.throws(
      () => planPorts(requestOf(portRequest("blue", ["10.0.0.9"])), nb.view),
      /AddressInUse: .* is in use by the IPAMClaim default\/db-0/,
    );
  });

  it("is refused on another network than that of the addresses, and on one without addresses", () => {
    const nb = nbWithNetworks();
    nb.addPort("blue", "kept", { addresses: keptAddresses, claim: "db-0" });
    assert.throws(
      () => planned(nb, asked(), undefined, "red"),
      /ClaimInvalid: .* has addresses of the network "blue"; name a claim/,
    );
    nb.addSwitch("bare", "none");
    assert.throws(() => planned(nb, asked(), undefined, "bare"), /ClaimInvalid: .*hands out no addresses/);
  });

  it("is refused with the field of the claim when its address is taken, or outside", () => {
    const nb = nbWithNetworks();
    nb.addPort("blue", "vm", { addresses: "0e:00:00:00:00:01 10.0.0.9" });
    assert.throws(
      () => planned(nb, asked({ addresses: told })),
      /AddressInUse: interface\[0\]\.claim "10.0.0.9" is in use by the port "vm" .*; free the address, or delete the claim/,
    );
    assert.throws(
      () => planned(nb, asked({ addresses: told }), undefined, "red"),
      /AddressOutOfRange: interface\[0\]\.claim/,
    );
  });

  it("keeps other pods from what a row keeps, and names the claim", () => {
    const nb = nbWithNetworks();
    nb.addPort("blue", "kept", { addresses: keptAddresses, claim: "db-0" });
    assert.throws(
      () => planPorts(requestOf(portRequest("blue", ["10.0.0.5"])), nb.view),
      /AddressInUse: .* is in use by the IPAMClaim default\/db-0/,
    );
  });
});
