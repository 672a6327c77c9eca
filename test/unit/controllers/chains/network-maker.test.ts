import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MemberNetwork } from "#src/controllers/chains/chain-members.ts";
import type { DynamicPlan } from "#src/controllers/chains/dynamic-networks.ts";
import { NetworkMaker } from "#src/controllers/chains/network-maker.ts";
import { silentLogger } from "#src/core/logger.ts";
import { apiErrorFromAnswer } from "#src/kube/client/api-error.ts";
import { cidr } from "#test/fixtures/ovn/sample-topology.ts";

const plan = (more: Partial<DynamicPlan> = {}): DynamicPlan => ({
  missing: [],
  unserved: new Set(),
  surplus: [],
  orphans: [],
  ...more,
});
const missing = [{ name: "m1", chain: { namespace: "default", name: "c", uid: "u" }, subnets: [cidr("10.60.0.0/24")] }];
const made = (name: string, maker: string) =>
  ({ namespace: "default", name, uid: `uid-${name}`, maker }) as MemberNetwork;
const answer = (status: number, reason: string) =>
  apiErrorFromAnswer("create", { status, body: { kind: "Status", reason, message: "the server says no" } });

function maker(parts: { readonly hasPool?: boolean; readonly live?: readonly string[]; readonly error?: Error } = {}) {
  const { hasPool = true, live = [], error } = parts;
  const did: string[] = [];
  const one = new NetworkMaker({
    networks: {
      create: (namespace, body) => {
        did.push(`create ${namespace ?? ""}/${(body as { metadata: { name: string } }).metadata.name}`);
        return error === undefined ? Promise.resolve(body as never) : Promise.reject(error);
      },
      delete: ({ name }, options) => {
        did.push(`delete ${name} ${options?.uid ?? ""}`);
        return error === undefined ? Promise.resolve() : Promise.reject(error);
      },
    },
    liveChains: () => {
      did.push("list");
      return Promise.resolve(new Set(live));
    },
    hasPool,
    logger: silentLogger,
  });
  return { maker: one, did };
}

describe("NetworkMaker", () => {
  it("makes what is missing, and says so", async () => {
    const { maker: one, did } = maker();
    assert.equal(await one.bring(plan({ missing }), {}), true);
    assert.deepEqual([did, one.whyNot("m1")], [["create default/m1"], ""]);
    assert.equal(await one.bring(plan(), {}), false);
  });

  it("makes nothing without a pool, and names the flag", async () => {
    const { maker: one, did } = maker({ hasPool: false });
    assert.equal(await one.bring(plan({ missing }), {}), false);
    assert.deepEqual(did, []);
    assert.match(one.whyNot("m1"), /^; with --chain-subnets/);
  });

  it("says for which name there is no prefix, and why one was refused", async () => {
    const { maker: one } = maker({ error: answer(422, "Invalid") });
    assert.equal(await one.bring(plan({ missing, unserved: new Set(["m2"]) }), {}), false);
    assert.match(one.whyNot("m1"), /could not make it: .*the server says no/);
    assert.match(one.whyNot("m2"), /has no free prefix/);
    await assert.rejects(maker({ error: answer(500, "InternalError") }).maker.bring(plan({ missing }), {}));
    assert.equal(await maker({ error: answer(409, "AlreadyExists") }).maker.bring(plan({ missing }), {}), false);
  });

  it("tries all Networks while the webhook is away, says so for each, and throws the error then", async () => {
    const [first] = missing;
    assert.ok(first);
    const { maker: one, did } = maker({ error: answer(500, "InternalError") });
    const both = plan({ missing: [first, { ...first, name: "m2" }], surplus: [made("a", "alive")] });
    await assert.rejects(one.bring(both, {}), /the server says no/);
    assert.deepEqual(did, ["delete a uid-a", "create default/m1", "create default/m2"]);
    assert.match(one.whyNot("m2"), /could not make it/);
  });

  it("removes a surplus at once, and what has no chain after a live read", async () => {
    const { maker: one, did } = maker({ live: ["alive"] });
    await one.bring(plan({ surplus: [made("a", "alive")] }), {});
    assert.deepEqual(did.splice(0), ["delete a uid-a"]);
    await one.bring(plan({ orphans: [made("b", "alive"), made("c", "gone")] }), {});
    assert.deepEqual(did, ["list", "delete c uid-c"]);
  });
});
