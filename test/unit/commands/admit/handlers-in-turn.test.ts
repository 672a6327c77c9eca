import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRequest } from "#src/commands/admit/create-request.ts";
import { handlersInTurn } from "#src/commands/admit/handlers-in-turn.ts";
import { AppError } from "#src/core/errors.ts";
import type { AdmissionHandler } from "#webhooks/admission/handler.ts";
import type { JsonObject } from "#src/api/text/json-value.ts";
import { denied, patched } from "#webhooks/admission/response.ts";

const context = { signal: new AbortController().signal, deadlineMs: 0 };
const fault = new AppError("NotConnected", "gone");

/** A handler that adds a field to the object; what it saw and what became of its answer goes into `log`. */
function adding(name: string, log: string[]): AdmissionHandler {
  return ({ object }) => {
    log.push(`${name} saw ${Object.keys(object ?? {}).join()}`);
    return Promise.resolve(
      patched([{ op: "add", path: `/${name}`, value: true }], {
        warnings: [`by ${name}`],
        auditAnnotations: { [name]: "1" },
        undo: () => {
          log.push(`undid ${name}`);
          return Promise.resolve();
        },
        onHandedOver: () => log.push(`told ${name}`),
      }),
    );
  };
}

function ask(...handlers: readonly AdmissionHandler[]) {
  const pod: JsonObject = { kind: "Pod" };
  const request = createRequest(pod, { namespace: "a", name: "b", username: "", dryRun: false });
  return handlersInTurn(...handlers)(request, context);
}

describe("handlers that are asked in turn", () => {
  it("each see what the one before has left, and answer as one", async () => {
    const log: string[] = [];
    const answer = await ask(adding("x", log), adding("y", log));
    assert.ok(answer.allowed);
    assert.deepEqual(
      [answer.patch.map(({ path }) => path), answer.warnings, answer.auditAnnotations],
      [["/x", "/y"], ["by x", "by y"], { x: "1", y: "1" }],
    );
    answer.onHandedOver?.();
    await answer.undo?.();
    assert.deepEqual(log, ["x saw kind", "y saw kind,x", "told x", "told y", "undid y", "undid x"]);
  });

  it("undo what those before did when one refuses or fails, and ask no further", async () => {
    const log: string[] = [];
    const refused = await ask(adding("x", log), () => Promise.resolve(denied(fault)), adding("y", log));
    assert.deepEqual([refused.allowed, refused.warnings], [false, ["by x"]]);
    await assert.rejects(
      ask(adding("z", log), () => Promise.reject(fault)),
      fault,
    );
    assert.deepEqual(log, ["x saw kind", "undid x", "z saw kind", "undid z"]);
  });

  it("undo what the one did whose patch does not apply", async () => {
    const log: string[] = [];
    const answers = ask(adding("not/there", log), adding("y", log));
    await assert.rejects(answers, { code: "Internal", message: /does not apply: add/ });
    assert.deepEqual(log, ["not/there saw kind", "undid not/there"]);
  });
});
