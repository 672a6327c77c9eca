import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { frameSender, managementSocket } from "#cni/announcing/packet-out.ts";
import { systemClock } from "#src/core/clock.ts";
import { createTemporaryFolder } from "#tools/process/temporary-folder.ts";

const barrier = "0614000800000002";
const frames = [{ ofPort: 7, frame: Buffer.from("abcd", "hex") }];

/** Sends the frames to a server that does what it is told to. */
async function sendTo(answer: (socket: Socket) => void): Promise<string> {
  await using owned = new AsyncDisposableStack();
  const path = join(owned.use(createTemporaryFolder("openflow")).path, "br-int.mgmt");
  let received = "";
  const server = createServer((socket) => {
    socket.on("error", () => {}).on("data", (chunk) => (received += chunk.toString("hex")));
    answer(socket);
  });
  server.listen(path);
  await once(server, "listening");
  owned.defer(() => void server.close());
  await frameSender(path, systemClock)(frames, { deadlineMs: systemClock.monotonicMs() + 60_000 });
  return received;
}

test("a frame comes from its port, and is sent when the bridge answers the barrier behind it", async () => {
  const received = await sendTo((socket) => {
    // The hello of the bridge with a piece of its answer, and the rest when it has the barrier.
    socket.write(Buffer.from("0600000800000001" + "06150008", "hex"));
    let sent = "";
    socket.on("data", (chunk) => {
      sent += chunk.toString("hex");
      if (sent.endsWith(barrier)) socket.write(Buffer.from("00000002", "hex"));
    });
  });
  const packetOut =
    "060d002a00000001ffffffff001000000001000c800000040000000700000000" + "00000010fffffff90000000000000000" + "abcd";
  assert.equal(received, `0600000800000001${packetOut.replace("002a", "0032")}${barrier}`);
});

test("a refusal, and a bridge that goes away, are told", async () => {
  const refusal = Buffer.from("0601000c0000000100000000", "hex");
  await assert.rejects(
    sendTo((socket) => void socket.write(refusal)),
    /refused a message of OpenFlow: 00000000/,
  );
  await assert.rejects(
    sendTo((socket) => void socket.end()),
    /was closed before the frames were taken/,
  );
});

test("the management socket is beside that of the database", () => {
  assert.equal(managementSocket("unix:/run/openvswitch/db.sock", "br-int"), "/run/openvswitch/br-int.mgmt");
  assert.equal(managementSocket("tcp:127.0.0.1:6640", "br-int"), undefined);
});
