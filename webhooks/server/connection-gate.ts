import type { Server } from "node:https";
import type { Socket } from "node:net";
import { peerOf } from "../peers/peer-address.ts";
import { WorkTurns, type WorkTurnsOptions } from "../peers/work-turns.ts";
import { ConnectionLimit, type CountedConnection } from "./connection-limit.ts";

/** The server's part of a handshake takes about so long, most of it for the signature. */
const handshakeMs = 2;

export interface ConnectionGate {
  /** Cuts every connection, also those in the middle of their handshake, which Node's own call leaves open. */
  readonly cut: () => void;
}

export interface ConnectionGateOptions extends Pick<WorkTurnsOptions, "isKnown" | "deferStrangers"> {
  readonly maxConnections: number;
  /** Called for each connection that was ended because of the limit. */
  readonly onLimit: () => void;
}

/**
 * Stands between the listening socket and TLS: counts connections, and lets the peers begin their handshakes in turn. Many at
 * once would stop everything else until all of them were calculated.
 */
export function gateConnections(server: Server, options: ConnectionGateOptions): ConnectionGate {
  const { maxConnections, onLimit, ...order } = options;
  const limit = new ConnectionLimit(maxConnections, options.isKnown);
  // The peer with fewest connections goes first, and of one peer its newest connection. So an API server need not wait behind
  // the many of an attacker, even at its own address.
  const turns = new WorkTurns({ ...order, first: "newest", shareOf: (peer) => limit.shareOf(peer) });
  const open = new Map<string, { readonly socket: Socket; readonly counted: CountedConnection }>();
  const beginTls = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    const peer = peerOf(socket.remoteAddress);
    const counted = { peer, end: () => void socket.destroy() };
    const name = nameOf(socket);
    open.set(name, { socket, counted });
    let withdraw = (): void => undefined;
    socket.once("close", () => {
      open.delete(name);
      limit.left(counted);
      // A peer with few connections goes first. So those that are gone would stand before all others.
      withdraw();
    });
    // Until TLS takes the socket nobody else hears of its faults, and `close` follows them.
    socket.on("error", () => undefined);
    if (limit.entered(counted)) onLimit();
    if (socket.destroyed) return;
    withdraw = turns.run(peer, handshakeMs, () => {
      if (socket.destroyed) return;
      for (const begin of beginTls) begin.call(server, socket);
    });
  });
  server.on("request", ({ socket }, response) => {
    const { counted } = open.get(nameOf(socket)) ?? {};
    if (counted === undefined) return;
    limit.used(counted, "busy");
    response.once("close", () => {
      limit.used(counted, "idle");
    });
  });
  return {
    cut() {
      for (const { socket } of open.values()) socket.destroy();
    },
  };
}

/** The socket that was accepted and the TLS socket around it are two objects with the same addresses. */
function nameOf({ remoteAddress = "", remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
