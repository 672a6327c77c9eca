import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "#src/core/errors.ts";
import { KeyedNotifier } from "#src/core/keyed-notifier.ts";
import { NbFixture } from "#test/fixtures/ipam/nb-fixture.ts";
import { settled } from "#test/fakes/manual-clock.ts";
import { NetworkGate, type NetworkObjects } from "#src/pods/networks/network-gate.ts";

const port = { field: "f", network: "blue", interfaceName: "net1", addresses: [], mac: undefined };

function setUp(objects: Partial<NetworkObjects> = {}) {
  const fixture = new NbFixture();
  const switches = new KeyedNotifier<string>(fixture.clock, (name) => name);
  const asked: string[] = [];
  const gate = new NetworkGate({
    index: fixture.index,
    switches,
    objects: {
      exists: (name) => {
        asked.push(name);
        return Promise.resolve(true);
      },
      isDeleting: () => false,
      labels: () => Promise.resolve({ team: "blue" }),
      ...objects,
    },
  });
  return { fixture, switches, gate, asked };
}

const code = (wanted: string) => (error: unknown) => error instanceof AppError && error.code === wanted;

test("a switch that is there is waited for by nobody, and no object is asked for", async () => {
  const { fixture, gate, asked } = setUp();
  fixture.addSwitch("blue", "10.1.0.0/24");
  await gate.pass([port], "default", {});
  assert.deepEqual(asked, []);
});

test("the switch of a Network that exists is waited for", async () => {
  const { fixture, switches, gate } = setUp();
  let passed = false;
  const passing = gate.pass([port], "default", {}).then(() => {
    passed = true;
  });
  await settled();
  assert.equal(passed, false);
  fixture.addSwitch("blue", "10.1.0.0/24");
  switches.notify("blue");
  await passing;
});

test("a switch that does not come in time gives an error that can be tried again", async () => {
  const { fixture, gate } = setUp();
  const refused = assert.rejects(gate.pass([port], "default", { deadlineMs: 50 }), code("BackendUnavailable"));
  await fixture.clock.advance(50);
  await refused;
});

test("a name without a Network is left to the planner at once", async () => {
  const { gate } = setUp({ exists: () => Promise.resolve(false) });
  await gate.pass([port], "default", {});
});

test("where labels decide, a namespace that does not match is refused", async () => {
  const selector = JSON.stringify({ names: ["named"], selector: { matchLabels: { team: "green" } } });
  const { fixture, gate } = setUp();
  fixture.addSwitch("blue", "10.1.0.0/24", { "namespace-selector": selector });
  await assert.rejects(gate.pass([port], "default", {}), code("NotAllowed"));
  await gate.pass([port], "named", {});
});

test("a namespace that does not exist is refused on a network that is open to all, and costs no read of Networks", async () => {
  const { fixture, gate, asked } = setUp({ labels: () => Promise.resolve(undefined) });
  fixture.addSwitch("blue", "10.1.0.0/24", { "allowed-namespaces": "*" });
  for (const network of ["blue", "none"]) {
    await assert.rejects(
      gate.pass([{ ...port, network }], "invented", {}),
      /NotAllowed: namespace "invented" does not/,
    );
  }
  assert.deepEqual(asked, []);
});

test("a Network that is being deleted admits no new pods, and a bare switch is nobody's Network", async () => {
  const { fixture, gate } = setUp({ isDeleting: (uid) => uid === "u1" });
  fixture.addSwitch("blue", "10.1.0.0/24", { row: "u1/switch" });
  fixture.addSwitch("shared", "10.2.0.0/24", { "adopted-by": "u1" });
  fixture.addSwitch("bare", "10.3.0.0/24");
  fixture.addSwitch("green", "10.4.0.0/24", { row: "u2/switch" });
  for (const network of ["blue", "shared"]) {
    await assert.rejects(
      gate.pass([{ ...port, network }], "default", {}),
      /^AppError: NotAllowed: f.name "\w+" is a Network that is being deleted.*; ask for another network/,
    );
  }
  for (const network of ["bare", "green"]) await gate.pass([{ ...port, network }], "default", {});
});
