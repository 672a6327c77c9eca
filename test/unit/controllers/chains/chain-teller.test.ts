import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ChainDecision } from "#src/controllers/chains/chain-decision.ts";
import { projectChain } from "#src/controllers/chains/chain-object.ts";
import { ChainTeller } from "#src/controllers/chains/chain-teller.ts";
import type { HopDecision } from "#src/controllers/chains/hop-decision.ts";
import { silentLogger } from "#src/core/logger.ts";
import { ToldObjects } from "#test/fakes/kube/told-objects.ts";
import { ManualClock } from "#test/fakes/manual-clock.ts";

const refused: ChainDecision = { kind: "refused", reason: "UnknownNetwork", message: "there is no Network net=left" };
const chained = (problems: HopDecision["problems"]): ChainDecision => ({
  kind: "chained",
  path: { uid: "u", networks: [], hops: [], onFailure: "Drop" },
  hops: [{ name: "app=fw", left: "left", right: "right", replicas: [], forwarding: [], problems, unrouted: [] }],
});

function teller() {
  const { api, events, patches: patched, notes } = new ToldObjects();
  const measured: Record<string, number> = {};
  const told = new ChainTeller({
    api,
    events,
    clock: new ManualClock(),
    logger: silentLogger,
    metrics: {
      set: (_name, labels, value) => {
        measured[Object.values(labels).join()] = value;
      },
    },
  });
  return { teller: told, patched, notes, measured };
}

const chain = (resourceVersion: string, status?: object) =>
  projectChain({
    metadata: { name: "c", namespace: "default", uid: "u", resourceVersion, generation: 1 },
    spec: { routingSpec: { networkChain: "net=left,app=fw,net=right" } },
    status,
  });

describe("ChainTeller", () => {
  it("writes a status once, also before the informer has seen it", async () => {
    const { teller: one, patched, notes } = teller();
    await one.tell(chain("1"), refused, {});
    await one.tell(chain("1"), refused, {});
    assert.equal(patched.length, 1);
    assert.deepEqual(
      notes.map(({ type, reason }) => [type, reason]),
      [["Warning", "UnknownNetwork"]],
    );
  });

  it("writes it again for a chain with another version, which somebody may have damaged", async () => {
    const { teller: one, patched } = teller();
    await one.tell(chain("1"), refused, {});
    await one.tell(chain("2", { state: "odd" }), refused, {});
    assert.equal(patched.length, 2);
  });

  it("writes it again for a chain that was forgotten", async () => {
    const { teller: one, patched } = teller();
    await one.tell(chain("1"), refused, {});
    one.forget("u");
    await one.tell(chain("1"), refused, {});
    assert.equal(patched.length, 2);
  });

  it("counts chains by what became of them", () => {
    const { teller: one, measured } = teller();
    one.measure([refused, chained([]), chained([{ reason: "NoReplica", message: "" }]), chained([])]);
    assert.deepEqual(measured, { ready: 2, degraded: 1, refused: 1 });
  });
});
