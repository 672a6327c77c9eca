import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "node:https";
import type { Socket } from "node:net";
import type { Clock } from "#src/core/clock.ts";

interface Watched {
  /** Counts the requests whose answer is not sent yet. While there is one, bytes that come are not judged. */
  serving: number;
  /** The number of bytes that had been read when the connection was last seen quiet between two requests. */
  quietBytes: number;
  quietMs: number;
}

/**
 * Ends connections that are stuck in the middle of a request head for longer than `limitMs` (slow loris). Node has one
 * limit for these and for connections that have sent nothing, and the latter must be allowed far longer. So this looks for
 * bytes that have arrived and do not make a request yet.
 */
export function watchRequestHeads(server: Server, clock: Clock, limitMs: number, onSlow: () => void): () => void {
  const sockets = new Map<Socket, Watched>();
  const quiet = (socket: Socket) => ({ quietBytes: socket.bytesRead, quietMs: clock.monotonicMs() });
  const onConnection = (socket: Socket): void => {
    sockets.set(socket, { serving: 0, ...quiet(socket) });
    socket.once("close", () => sockets.delete(socket));
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const watched = sockets.get(socket);
    if (watched === undefined) return;
    watched.serving += 1;
    response.once("close", () => {
      watched.serving -= 1;
      Object.assign(watched, quiet(socket));
    });
  };
  const check = (): void => {
    for (const [socket, watched] of sockets) {
      const isQuiet = watched.serving > 0 || socket.bytesRead === watched.quietBytes;
      if (isQuiet) Object.assign(watched, quiet(socket));
      else if (clock.monotonicMs() - watched.quietMs >= limitMs) {
        onSlow();
        socket.destroy();
      }
    }
    cancel = clock.after(limitMs / 4, check);
  };
  server.on("secureConnection", onConnection);
  server.prependListener("request", onRequest);
  let cancel = clock.after(limitMs / 4, check);
  return () => {
    cancel();
    server.off("secureConnection", onConnection).off("request", onRequest);
  };
}
