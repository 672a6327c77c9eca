// A process with many hostile connections. It is one of its own, so that its work does not delay those who measure.
import { connect } from "node:net";
import { type HostileKind, hostileKinds } from "./hostile-kinds.ts";

/** The process gets this as its only argument, in JSON. */
export interface HostileOrder {
  readonly kind: HostileKind;
  readonly port: number;
  /** Addresses of loopback from which it connects, each for as many connections. */
  readonly addresses: readonly string[];
  readonly connections: number;
}

/** A connection that was ended is opened again after this time. */
const againMs = 1_000;

const { kind, port, addresses, connections } = JSON.parse(process.argv[2] ?? "{}") as HostileOrder;
let waiting = connections;

function dial(number: number, begun: () => void): void {
  const localAddress = addresses[number % addresses.length];
  const tcp = connect({ host: "127.0.0.1", port, ...(localAddress === undefined ? {} : { localAddress }) });
  tcp.setNoDelay(true);
  tcp.on("error", () => undefined);
  let next = begun;
  tcp.once("connect", () => {
    begun();
    next = () => undefined;
    hostileKinds[kind](tcp);
  });
  tcp.once("close", () => {
    setTimeout(() => {
      dial(number, next);
    }, againMs);
  });
}

for (let number = 0; number < connections; number += 1) {
  dial(number, () => {
    waiting -= 1;
    if (waiting === 0) console.log("flooding");
  });
}
