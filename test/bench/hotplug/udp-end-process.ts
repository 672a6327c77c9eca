// The program of `UdpEnd`: `udp-end-process.ts answer PORT` or `udp-end-process.ts ask PORT INTERFACE`. It imports nothing of ours.
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [role, port = "0", device = ""] = process.argv.slice(2);
const socket = createSocket("udp4");
let asking: NodeJS.Timeout | undefined;

// While there is no route a question cannot be sent, and the next one is due in a millisecond.
socket.on("error", () => undefined);
if (role === "answer") {
  socket.on("message", (question, from) => {
    socket.send(question, from.port, from.address, () => undefined);
  });
  socket.bind(Number(port), () => process.stdout.write("ready\n"));
} else {
  socket.on("message", () => {
    // Questions that were on their way are answered later.
    if (asking === undefined) return;
    clearInterval(asking);
    asking = undefined;
    process.stdout.write(`${process.hrtime.bigint().toString()}\n`);
  });
  socket.bind(0, () => process.stdout.write("ready\n"));
}
/** The kernel asks for a MAC only once a second. The bench would find out only then that there are flows. True when it asks more often. */
function asksOften(): boolean {
  try {
    writeFileSync(`/proc/sys/net/ipv4/neigh/${device}/retrans_time_ms`, "10");
    return true;
  } catch {
    return false;
  }
}

for await (const address of createInterface(process.stdin)) {
  let isOften = false;
  asking = setInterval(() => {
    isOften ||= asksOften();
    socket.send("?", Number(port), address, () => undefined);
  }, 1);
}
clearInterval(asking);
socket.close();
