import assert from "node:assert/strict";
import { createServer } from "node:http2";
import { join } from "node:path";
import { test } from "node:test";
import { netnsOf, sandboxFinder } from "#lab/dynamic-networks/cri-client.ts";
import { textField, valuesOf } from "#lab/dynamic-networks/protobuf.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const info = (namespaces: readonly object[]) => JSON.stringify({ runtimeSpec: { linux: { namespaces } } });
const network = { type: "network", path: "/var/run/netns/cni-1" };

/** Asks a runtime that has these sandboxes. Resolves with the sandbox, and with what it was asked. */
async function asking(ids: readonly string[]) {
  using folder = createTemporaryFolder("cri-client");
  const socketPath = join(folder.path, "containerd.sock");
  const seen: [string, Buffer][] = [];
  const server = createServer();
  server.on("stream", (stream, { ":path": path = "" }) => {
    const parts: Buffer[] = [];
    stream
      .on("data", (part: Buffer) => parts.push(part))
      .once("end", () => {
        seen.push([path, Buffer.concat(parts).subarray(5)]);
        const entry = Buffer.concat([textField(1, "info"), textField(2, info([{ type: "pid" }, network]))]);
        const sandboxes = Buffer.concat(ids.map((id) => textField(1, textField(1, id))));
        const message = path.endsWith("/ListPodSandbox") ? sandboxes : textField(2, entry);
        const header = Buffer.alloc(5);
        header.writeUInt32BE(message.length, 1);
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(Buffer.concat([header, message]));
      });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  try {
    return { sandbox: await sandboxFinder(socketPath)("uid-1"), seen };
  } finally {
    server.close();
  }
}

test("the sandbox is the one with the label of the pod's UID, and its namespace is in what the runtime says of it", async () => {
  const { sandbox, seen } = await asking(["c1"]);
  assert.deepEqual(sandbox, { id: "c1", netns: "/var/run/netns/cni-1" });
  const [[listPath, list], [statusPath, status]] = seen as [[string, Buffer], [string, Buffer]];
  assert.equal(listPath, "/runtime.v1.RuntimeService/ListPodSandbox");
  const [filter = Buffer.alloc(0)] = valuesOf(list, 1);
  const [label = Buffer.alloc(0)] = valuesOf(filter, 3);
  assert.deepEqual(
    [1, 2].flatMap((field) => valuesOf(label, field).map(String)),
    ["io.kubernetes.pod.uid", "uid-1"],
  );
  assert.equal(statusPath, "/runtime.v1.RuntimeService/PodSandboxStatus");
  assert.equal(status.toString("latin1"), "\n\u0002c1\u0010\u0001");
});

test("no sandbox and two sandboxes are errors", async () => {
  await assert.rejects(asking([]), /returned 0 item for pod uid-1/);
  await assert.rejects(asking(["c1", "c2"]), /returned more than 1 item for pod uid-1/);
});

test("a sandbox in the host's network has no namespace of its own", () => {
  assert.throws(() => netnsOf(info([{ type: "pid" }]), "c1"), /network namespace for PodSandboxId c1/);
});
