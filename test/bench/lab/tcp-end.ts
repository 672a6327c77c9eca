// One end of a TCP transfer, in the network namespace in which it was started: `receive PORT`, or `send ADDRESS PORT MIB`.
import { once } from "node:events";
import { connect, createServer } from "node:net";

const chunk = Buffer.alloc(256 * 1_024);

/** Says `ready`, takes one connection, and prints the bytes that came and the milliseconds that they took. */
function receive(port: number): void {
  const server = createServer((socket) => {
    let bytes = 0;
    let beganMs: number | undefined;
    socket.on("data", (data) => {
      beganMs ??= performance.now();
      bytes += data.length;
    });
    socket.once("end", () => {
      process.stdout.write(`${JSON.stringify({ bytes, tookMs: performance.now() - (beganMs ?? 0) })}\n`);
      socket.end();
      server.close();
    });
  });
  server.listen(port, "0.0.0.0", () => process.stdout.write("ready\n"));
}

async function send(address: string, port: number, mebibytes: number): Promise<void> {
  const socket = connect(port, address);
  await once(socket, "connect");
  const chunks = (mebibytes * 2 ** 20) / chunk.length;
  for (let sent = 0; sent < chunks; sent += 1) if (!socket.write(chunk)) await once(socket, "drain");
  socket.end();
  await once(socket.resume(), "close");
}

const [what, first = "", ...rest] = process.argv.slice(2);
if (what === "receive") receive(Number(first));
else await send(first, Number(rest[0]), Number(rest[1]));
