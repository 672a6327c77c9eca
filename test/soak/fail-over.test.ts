// Two chassis are all that there is, and something between them and the rest of the cluster is cut. docs/way-out.md has the table
// of these cases. There must never be two active gateways by our doing, and never none.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { controlPlaneTools } from "#lab/kubernetes/control-plane.ts";
import { wiringPrograms, whyProgramsAreMissing } from "#tools/programs/packages.ts";
import { whyToolsAreMissing } from "#tools/programs/tool-cache.ts";
import { whyNotRoot } from "#tools/process/root-rights.ts";
import { until } from "#test/assertions/until.ts";
import { FailOverStack, type GatewayNode } from "#test/stacks/fail-over-stack.ts";

const whyNot =
  whyNotRoot() || whyProgramsAreMissing([...wiringPrograms, "nft"]) || whyToolsAreMissing(controlPlaneTools);

/** Two questions for the MAC of the gateway are answered twice by one active chassis. */
const one = 2;
/** The agent of a node renews its Lease each 2 s, and counts as gone after 6 s. The question that follows takes 3 s. */
const renewals = 7;

describe("two chassis that are cut apart", { skip: whyNot }, () => {
  let stack: FailOverStack;
  /** These make the cluster whole again. */
  const mends: (() => unknown)[] = [];
  before(async () => {
    stack = await FailOverStack.start();
  });
  after(() => stack[Symbol.asyncDispose]());
  afterEach(async () => {
    for (const mend of mends.splice(0)) await mend();
    await until(async () => (await stack.members()).length === 2);
    for (const name of ["n1", "n2"] as const) await until(async () => (await stack.lease(name)).tunnel === "up");
    await until(async () => (await stack.answersOutside()) === one);
  });

  async function cut(name: GatewayNode, ...devices: readonly string[]): Promise<void> {
    const { machine } = stack.host(name);
    await machine.ip(...devices.map((device) => `link set ${device} down`));
    mends.push(() => machine.running && machine.ip(...devices.map((device) => `link set ${device} up`)));
  }

  function freezeAgent(name: GatewayNode): void {
    const agent = stack.agent(name);
    agent.freeze();
    mends.push(() => {
      if (agent.running) agent.thaw();
    });
  }

  const untilTunnel = (name: GatewayNode, state: string) =>
    until(async () => (await stack.lease(name)).tunnel === state);

  /** Waits for as long as a decision may take, counted by renewals of an agent that speaks. */
  async function untilDecided(name: GatewayNode): Promise<void> {
    for (let count = 0; count < renewals; count += 1) {
      const { renewTime } = await stack.lease(name);
      await until(async () => (await stack.lease(name)).renewTime !== renewTime);
    }
  }

  it("does nothing while only the tunnel is cut, and both are seen: OVN takes both for cut off, and asks nobody", async () => {
    const asked = await stack.asked();
    await cut("n1", "eth1");
    await untilTunnel("n1", "down");
    await untilTunnel("n2", "down");
    await untilDecided("n2");
    assert.deepEqual(await stack.members(), ["n1", "n2"]);
    assert.equal(await stack.asked(), asked);
    assert.equal(await stack.answersOutside(), 0, "no chassis is active");
  });

  it("does nothing while the agent of the active one is away, be it cut off from the API server or dead", async () => {
    const asked = await stack.asked();
    freezeAgent("n1");
    await untilDecided("n2");
    assert.deepEqual(await stack.members(), ["n1", "n2"]);
    assert.equal(await stack.asked(), asked, "the tunnel is up, so that nobody is asked");
    assert.equal(await stack.answersOutside(), one);
    assert.ok(await stack.reaches("n2"));
  });

  it("does nothing while the active one is cut off from the Southbound database", async () => {
    const { machine } = stack.host("n1");
    const rules = [
      "table ip cut {",
      "chain out {",
      "type filter hook output priority 0",
      "tcp dport 6642 drop",
      "}",
      "}",
    ];
    await machine.must("nft", ["-f", "-"], { input: `${rules.join("\n")}\n` });
    mends.push(() => machine.must("nft", ["delete", "table", "ip", "cut"]));
    await untilDecided("n1");
    assert.deepEqual(await stack.members(), ["n1", "n2"]);
    assert.equal(await stack.answersOutside(), one);
    assert.ok(await stack.reaches("n2"));
  });

  it("asks the chassis whose agent is silent and whose tunnel is cut, and leaves it where it is when it answers", async () => {
    const asked = await stack.asked();
    freezeAgent("n1");
    await cut("n1", "eth1");
    await until(async () => (await stack.asked()) > asked);
    await untilDecided("n2");
    assert.deepEqual(await stack.members(), ["n1", "n2"]);
  });

  it("lets the active one carry on when the standby loses power", async () => {
    await stack.powerOff("n2");
    mends.push(() => stack.powerOn("n2"));
    await until(async () => (await stack.members()).join() === "n1");
    await stack.untilReaches("n1");
    assert.equal(await stack.answersOutside(), one);
  });

  it("goes over when the active one is cut off from all but the wire: it has no tunnel, and stops by itself", async () => {
    freezeAgent("n1");
    await cut("n1", "eth0", "eth1");
    await until(async () => (await stack.members()).join() === "n2");
    await stack.untilReaches("n2");
    assert.equal(await stack.answersOutside(), one, "n1 answers no more");
    await untilDecided("n2");
    assert.equal(await stack.answersOutside(), one);
  });

  it("keeps the one out that comes back without its tunnel, since OVN would take both for cut off", async () => {
    freezeAgent("n1");
    await cut("n1", "eth0", "eth1");
    await until(async () => (await stack.members()).join() === "n2");
    stack.agent("n1").thaw();
    await stack.host("n1").machine.ip("link set eth0 up");
    await untilTunnel("n1", "down");
    await untilDecided("n1");
    assert.deepEqual(await stack.members(), ["n2"]);
    assert.ok(await stack.reaches("n2"));
  });

  it("goes over to the one that is out when the other one dies, too", async () => {
    freezeAgent("n1");
    await cut("n1", "eth0", "eth1");
    await until(async () => (await stack.members()).join() === "n2");
    stack.agent("n1").thaw();
    await stack.host("n1").machine.ip("link set eth0 up");
    await stack.powerOff("n2");
    mends.push(() => stack.powerOn("n2"));
    await until(async () => (await stack.members()).join() === "n1");
    await stack.untilReaches("n1");
  });

  it("goes over also when the leading controller dies at the same time, and the next one lets nobody in who is still gone", async () => {
    await Promise.all([stack.powerOff("n1"), stack.controller.kill()]);
    mends.push(() => stack.powerOn("n1"));
    await stack.controller.start();
    await until(async () => (await stack.members()).join() === "n2");
    await stack.untilReaches("n2");
    await stack.controller.kill();
    await stack.controller.start();
    await untilDecided("n2");
    assert.deepEqual(await stack.members(), ["n2"]);
    assert.equal(await stack.redundancy(), "MemberOut");
  });

  it("is within 15 s each time that the active one loses power", async () => {
    const times: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const began = performance.now();
      await stack.powerOff("n1");
      await stack.untilReaches("n2");
      times.push(Math.round(performance.now() - began));
      await stack.powerOn("n1");
      await until(async () => (await stack.members()).length === 2);
      await untilTunnel("n1", "up");
      await stack.untilReaches("n2");
    }
    console.log(`outside again after ${times.join(", ")} ms`);
    assert.ok(Math.max(...times) < 15_000, times.join());
  });
});
