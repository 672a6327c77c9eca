import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { CallReader, type ShimCall } from "#cni/contract/shim-protocol.ts";

/** Listens in place of the agent. `behave` decides what a caller gets when its call is complete. */
export interface FakeAgent extends AsyncDisposable {
  /** The calls that were received so far. */
  readonly calls: readonly ShimCall[];
}

export async function startFakeAgent(
  socketPath: string,
  behave: (socket: Socket, call: ShimCall) => void,
): Promise<FakeAgent> {
  const calls: ShimCall[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const reader = new CallReader();
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk) => {
      const call = reader.push(chunk);
      if (call === undefined) return;
      calls.push(call);
      behave(socket, call);
    });
  });
  server.listen(socketPath);
  await once(server, "listening");
  return {
    calls,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
