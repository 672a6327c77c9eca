import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { after, describe, test } from "node:test";
import { askingGeneration, askToYield, printYieldAnswer } from "#cni/agent/node/yield-call.ts";
import { CallReader, encodeAnswer, type ShimCall } from "#cni/contract/shim-protocol.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

describe("the question for a node", () => {
  const folder = createTemporaryFolder("yield-call");
  const socketPath = join(folder.path, "cni.sock");
  after(() => {
    folder.remove();
  });

  /** Asks somebody who sends these bytes and closes. Gives the answer, and the call that came. */
  const ask = async (bytes: Buffer | string, generation: number | undefined) => {
    const reader = new CallReader();
    let call: ShimCall | undefined;
    const server = createServer((socket) => {
      socket.on("error", () => {}).on("data", (chunk) => (call = reader.push(chunk)) && socket.end(bytes));
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    const answer = await askToYield(socketPath, generation);
    await new Promise((resolve) => server.close(resolve));
    return { answer, call };
  };
  const printed = (answer: "yields" | "stays" | "cannot") => {
    const { status, output } = printYieldAnswer(answer);
    return encodeAnswer(status, output);
  };

  for (const answer of ["yields", "stays", "cannot"] as const) {
    test(`arrives with the generation, and is answered: ${answer}`, async () => {
      const found = await ask(printed(answer), 7);
      assert.equal(found.answer, answer);
      assert.equal(found.call && askingGeneration(found.call), 7);
    });
  }

  test("arrives without a number when the agent does not know its generation", async () => {
    const { call } = await ask(printed("cannot"), Number.NaN);
    assert.ok(call && Number.isNaN(askingGeneration(call)));
  });

  for (const [what, bytes] of [
    ["is another program's", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["is not complete", printed("yields").subarray(0, -1)],
    ["is the error of an agent that takes it for a call of CNI", encodeAnswer(1, '{"code":4}')],
    ["says two things at once", encodeAnswer(1, "yields")],
  ] as const) {
    test(`is not understood when the answer ${what}`, async () => {
      assert.equal((await ask(bytes, 7)).answer, "cannot");
    });
  }

  test("is for nobody where nobody listens, also at a socket that was left behind", async () => {
    assert.equal(await askToYield(socketPath, 7), "nobody");
    await writeFile(socketPath, "");
    assert.equal(await askToYield(socketPath, 7), "nobody");
    await rm(socketPath);
  });

  test("is not asked without a generation: it is only seen that somebody listens", async () => {
    assert.deepEqual(await ask("", undefined), { answer: "serves", call: undefined });
  });

  test("is not taken for one that nobody understands when the other end closes without a word", async () => {
    assert.equal((await ask("", 7)).answer, "serves");
  });

  test("is not understood when the answer has no end", { timeout: 10_000 }, async () => {
    const server = createServer((socket) => {
      pipeline(Readable.from(endless()), socket, () => {});
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    assert.equal(await askToYield(socketPath, 7), "cannot");
    await new Promise((resolve) => server.close(resolve));
  });

  test("is told from the calls of shims", () => {
    assert.equal(
      askingGeneration({ environment: new Map([["CNI_COMMAND", "ADD"]]), stdin: Buffer.from("7") }),
      undefined,
    );
  });
});

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(1_024);
}
