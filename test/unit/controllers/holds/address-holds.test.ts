import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AddressHolds, type HoldAsker, type HoldRow } from "#src/controllers/holds/address-holds.ts";
import { floatingIpCures } from "#src/controllers/holds/hold-decision.ts";
import { type IpAddress, printIp } from "#src/net/ip.ts";
import { addHold, withUplink } from "#test/fixtures/ipam/floating-nb.ts";
import { ip } from "#test/fixtures/ovn/sample-topology.ts";

const asker: HoldAsker = {
  uplink: "west",
  namespace: "default",
  labels: {},
  scope: "services/s",
  address: undefined,
  told: undefined,
  families: [6, 4],
  cures: floatingIpCures,
  isToldToOther: () => false,
  whenToldKnown: () => Promise.resolve(),
  comesFirst: () => undefined,
};

/** A row in memory. `lost` is true while each write finds that somebody else was there first. */
function start(kind: "waits" | "unknown" = "waits") {
  const nb = withUplink();
  const waysOut = { of: () => (kind === "waits" ? ({ kind, message: "" } as const) : ({ kind } as const)) };
  const holds = new AddressHolds({ addresses: nb.index, waysOut, clock: { monotonicMs: () => 0 } });
  const done: string[] = [];
  let now: IpAddress | undefined;
  const row = (onTake: (address: IpAddress) => void = () => {}): HoldRow => ({
    held: () => now,
    take: (address) => {
      now = address;
      done.push(`take ${printIp(address)}`);
      onTake(address);
      return Promise.resolve();
    },
    release: () => {
      done.push(`release ${now === undefined ? "" : printIp(now)}`);
      now = undefined;
      return Promise.resolve();
    },
  });
  return { nb, holds, row, done };
}

describe("an address that is held", () => {
  it("is the first free one of the families, and is told when nobody else has it", async () => {
    const { holds, row } = start();
    const decision = await holds.hold("s 4", asker, row());
    assert.ok(decision.kind === "keep" && decision.address.family === 4);
  });

  it("is given up when somebody else has come first, and another one is taken", async () => {
    const { nb, holds, row, done } = start();
    let others = 0;
    const taken = row((address) => {
      others += 1;
      if (others === 1) addHold(nb, printIp(address), "other");
    });
    const decision = await holds.hold("s 4", { ...asker, told: undefined }, taken);
    assert.ok(decision.kind === "keep");
    assert.deepEqual(
      done.map((one) => one.split(" ")[0]),
      ["take", "release", "take"],
    );
  });

  it("is not another one's by its status, and not that of whoever comes first", async () => {
    const { holds, row } = start();
    const isToldToOther = (one: IpAddress): boolean => printIp(one) !== "198.51.100.22";
    const chosen = await holds.hold("s 4", { ...asker, isToldToOther }, row());
    assert.deepEqual(chosen, { kind: "keep", address: ip("198.51.100.22") });
    const asking = { ...asker, address: ip("198.51.100.23"), comesFirst: () => "the older one" };
    const refused = await start().holds.hold("s 4", asking, start().row());
    assert.ok(refused.kind === "none" && refused.reason === "AddressInUse");
  });

  it("is taken only when it is known what all others were told", async () => {
    const { holds, row, done } = start();
    const told = new Set<string>();
    const whenToldKnown = (): Promise<void> => {
      told.add("198.51.100.20").add("198.51.100.21");
      return Promise.resolve();
    };
    const asking = { ...asker, families: [4] as const, isToldToOther: (one: IpAddress) => told.has(printIp(one)) };
    await holds.hold("s 4", { ...asking, whenToldKnown }, row());
    assert.equal(done.length, 1);
    assert.ok(!told.has(done[0]?.split(" ")[1] ?? ""), done.join());
    const unknown = { ...asking, whenToldKnown: () => Promise.reject(new Error("not read yet")) };
    const later = start();
    await assert.rejects(later.holds.hold("s 4", unknown, later.row()), /not read yet/);
    assert.deepEqual(later.done, []);
  });

  it("is none without its Uplink", async () => {
    const { holds, row } = start("unknown");
    const decision = await holds.hold("s 4", asker, row());
    assert.ok(decision.kind === "none" && decision.reason === "UnknownUplink");
    assert.equal(holds.mayTake("west", "default", {}), true);
    assert.equal(holds.mayTake("east", "default", {}), false);
  });
});
