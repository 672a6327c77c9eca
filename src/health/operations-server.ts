import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { createOperationsApp, type OperationsParts } from "./operations-app.ts";

/**
 * Whoever reaches the port may connect. So connections that carry nothing go soon: the kubelet opens one for each probe, and
 * Prometheus one for each scrape when its last one is gone.
 */
const connectionTimes = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_500,
} as const;

/** Connections of one address, and of all. */
const mostOfPeer = 16;
const mostOfAll = 256;

/** The server of `createOperationsApp`. It is bounded in connections, so that nobody takes memory or probes from the process. */
export function createOperationsServer(parts: OperationsParts): Server {
  const server = createServer(connectionTimes, createOperationsApp(parts));
  const open = new Set<Socket>();
  const ofPeer = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const peer = socket.remoteAddress ?? "";
    const count = (ofPeer.get(peer) ?? 0) + 1;
    if (count > mostOfPeer) {
      socket.destroy();
      return;
    }
    // The oldest one gives way, so that a probe is answered however many others connect.
    const [oldest] = open.size >= mostOfAll ? open : [];
    oldest?.destroy();
    open.add(socket);
    ofPeer.set(peer, count);
    socket.once("close", () => {
      open.delete(socket);
      const left = (ofPeer.get(peer) ?? 0) - 1;
      if (left > 0) ofPeer.set(peer, left);
      else ofPeer.delete(peer);
    });
  });
  return server;
}
