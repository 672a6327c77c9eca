import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RefusalCode } from "#src/core/error-codes.ts";
import { refusal } from "#src/core/errors.ts";
import { Refusals } from "#src/core/refusals.ts";
import { withCaughtUpRefusals } from "#src/pods/caught-up-refusals.ts";
import type { PodDecision } from "#src/pods/pod-decision.ts";

const call = { signal: new AbortController().signal, deadlineMs: 0 };
const patched: PodDecision = { kind: "patched", patch: [], warnings: [], reservation: undefined };

function refused(...codes: readonly RefusalCode[]): PodDecision {
  const refusals = new Refusals();
  for (const [n, code] of codes.entries()) {
    refusals.try(() => {
      throw refusal(code, { field: `x${n}`, value: 1, reason: "is wrong", remedy: "correct it" });
    });
  }
  try {
    refusals.throwAll();
  } catch (error) {
    return { kind: "refused", error: error as ReturnType<typeof refusal>, warnings: [] };
  }
  throw new Error("nothing was refused");
}

/** Decides with `decisions` one after the other. A catch-up brings `news` messages. */
async function decided(decisions: readonly PodDecision[], news: number) {
  let [asked, caughtUp] = [0, 0];
  const northbound = {
    revision: 7,
    catchUp: () => {
      caughtUp += 1;
      northbound.revision += news;
      return Promise.resolve();
    },
  };
  const decide = withCaughtUpRefusals<object>(() => {
    const decision = decisions[asked];
    asked += 1;
    assert.ok(decision);
    return Promise.resolve(decision);
  }, northbound);
  return { decision: await decide({}, call), asked, caughtUp };
}

describe("a refusal for what NB held", () => {
  it("is decided once more when NB has changed since, and then stands", async () => {
    const second = refused("AddressInUse");
    assert.deepEqual(await decided([refused("UnknownNetwork"), patched], 1), {
      decision: patched,
      asked: 2,
      caughtUp: 1,
    });
    assert.deepEqual(await decided([refused("NotAllowed"), second], 3), { decision: second, asked: 2, caughtUp: 1 });
  });

  it("stands at once when NB has nothing new", async () => {
    const first = refused("PoolExhausted");
    assert.deepEqual(await decided([first], 0), { decision: first, asked: 1, caughtUp: 1 });
  });

  it("counts as well when it is not the first of several", async () => {
    const asked = await decided([refused("Malformed", "UnknownNetwork"), refused("Malformed")], 1);
    assert.deepEqual([asked.asked, asked.caughtUp], [2, 1]);
  });
});

describe("other decisions", () => {
  for (const decision of [refused("Malformed", "HostNetwork"), patched]) {
    it(`asks NB for nothing after one that is ${decision.kind}`, async () => {
      assert.deepEqual(await decided([decision], 1), { decision, asked: 1, caughtUp: 0 });
    });
  }
});
