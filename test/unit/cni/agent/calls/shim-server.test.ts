import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { ShimServer, type ShimServerOptions } from "#cni/agent/calls/shim-server.ts";
import { shimProtocol } from "#cni/contract/shim-protocol.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const call = "ovn4nfv-cni/1 17 2\nCNI_COMMAND=ADD\0\0{}";

async function started(serve: ShimServerOptions["serve"]) {
  const folder = createTemporaryFolder("shims");
  const socketPath = join(folder.path, "cni.sock");
  const server = new ShimServer({ socketPath, serve, logger: silentLogger });
  await server.start();
  const ask = async (text: string): Promise<string> => {
    const socket = connect(socketPath);
    socket.write(text);
    let answer = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      answer += part;
    });
    // A server that closes before it has read everything resets the connection.
    await new Promise((resolve) => socket.on("error", () => undefined).once("close", resolve));
    return answer;
  };
  return { socketPath, server, ask, [Symbol.dispose]: () => folder.remove() };
}

const never = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

test("only the owner may connect, and a file of an agent before us is replaced", async () => {
  using running = await started(async () => ({ status: 0, output: "" }));
  assert.equal(statSync(running.socketPath).mode & 0o777, 0o600);
  await running.server.close();
  writeFileSync(running.socketPath, "left over");
  const next = new ShimServer({
    socketPath: running.socketPath,
    serve: async ({ environment }) => ({ status: 1, output: environment.get("CNI_COMMAND") ?? "" }),
    logger: silentLogger,
  });
  await next.start();
  assert.equal(await running.ask(call), "ovn4nfv-cni/1 1 3\nADD");
  await next.close();
});

test("calls are served side by side, each on its connection", async () => {
  const both = Promise.withResolvers<undefined>();
  let count = 0;
  using running = await started(async () => {
    count += 1;
    if (count === 2) both.resolve(undefined);
    await both.promise;
    return { status: 0, output: "x" };
  });
  assert.deepEqual(await Promise.all([running.ask(call), running.ask(call)]), Array(2).fill("ovn4nfv-cni/1 0 1\nx"));
  await running.server.close();
});

test("a shim that goes before the answer aborts its call", async () => {
  const begun = Promise.withResolvers<undefined>();
  const aborted = Promise.withResolvers<undefined>();
  using running = await started(async (_, signal) => {
    begun.resolve(undefined);
    await never(signal).catch(() => {});
    aborted.resolve(undefined);
    return { status: 1, output: "" };
  });
  const socket = connect(running.socketPath);
  socket.write(call);
  await begun.promise;
  socket.destroy();
  await aborted.promise;
  await running.server.close();
});

test("an answer that is too long for a shim becomes an error, and the next call is served (the agent ended)", async () => {
  const answers = ["a".repeat(shimProtocol.maxAnswerBytes + 1), "b"];
  using running = await started(async () => ({ status: 0, output: answers.shift() ?? "" }));
  assert.match(
    await running.ask(call),
    /^ovn4nfv-cni\/1 1 \d+\n\{.*"code":999,"msg":"this call has no answer: .*1 MiB/,
  );
  assert.equal(await running.ask(call), "ovn4nfv-cni/1 0 1\nb");
  await running.server.close();
});

test("a call that is not served although it should be is answered with a defect", async () => {
  using running = await started(() => Promise.reject(new Error("broken")));
  assert.match(await running.ask(call), /"msg":"this call has no answer: \\"broken\\""/);
  await running.server.close();
});

test("what is no call ends the connection without an answer", async () => {
  using running = await started(async () => assert.fail("no call is served"));
  for (const text of ["GET / HTTP/1.1\r\n\r\n", call.replace("17 2", "1 1"), "x".repeat(100)]) {
    assert.equal(await running.ask(text), "");
  }
  await running.server.close();
});

test("close gives up the calls under way and waits until they have ended; half a call does not hold it up", async () => {
  const begun = Promise.withResolvers<undefined>();
  let ended = false;
  using running = await started(async (_, signal) => {
    begun.resolve(undefined);
    await never(signal).catch(() => {});
    ended = true;
    return { status: 1, output: "stopped" };
  });
  const half = connect(running.socketPath);
  half.on("error", () => {});
  half.write(call.slice(0, 20));
  const asked = running.ask(call);
  await begun.promise;
  await running.server.close();
  assert.equal(ended, true);
  assert.match(await asked, /stopped/);
});

test("a socket that cannot be made is an error of the configuration", async () => {
  const server = new ShimServer({
    socketPath: "/dev/null/cni.sock",
    serve: async () => ({ status: 0, output: "" }),
    logger: silentLogger,
  });
  await assert.rejects(server.start(), { code: "ConfigInvalid", message: /\/dev\/null\/cni\.sock/ });
});
