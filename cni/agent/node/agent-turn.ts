// One agent at a time serves a node. An update starts the next one beside it, which waits here until the one before has ended.
import { connect } from "node:net";
import type { Clock } from "#src/core/clock.ts";
import { hasCode } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";

const pollMs = 100;
/** An agent that ends closes its socket first, and its port last. Whoever has the port for longer is no agent. */
const endLimitMs = 60_000;

export interface AgentTurnOptions {
  /** The socket on which the agent of the node serves. */
  readonly socketPath: string;
  /** Takes what only one agent of the node can have, the port of its operations. Throws `ConfigInvalid`. */
  readonly listen: () => Promise<number>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Resolves with what `listen` gives once no other agent serves the node, and with undefined when the signal aborts before. Throws the
 * error of `listen`, when its port is in use although no agent serves.
 */
export async function takeTurn(options: AgentTurnOptions, signal: AbortSignal): Promise<number | undefined> {
  const { socketPath, listen, clock, logger } = options;
  let freeSinceMs: number | undefined;
  let isWaiting = false;
  while (!signal.aborted) {
    if (await isServed(socketPath)) freeSinceMs = undefined;
    else {
      freeSinceMs ??= clock.monotonicMs();
      try {
        return await listen();
      } catch (error) {
        if (!isInUse(error) || clock.monotonicMs() - freeSinceMs >= endLimitMs) throw error;
      }
    }
    if (!isWaiting) logger.info({ socket: socketPath }, "another agent serves this node: waiting until it has ended");
    isWaiting = true;
    await clock.sleep(pollMs, signal).catch(() => undefined);
  }
  return undefined;
}

/** True when somebody listens there. A socket that a killed agent has left behind refuses. */
function isServed(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const settle = (served: boolean): void => {
      socket.destroy();
      resolve(served);
    };
    socket.once("connect", () => {
      settle(true);
    });
    socket.once("error", () => {
      settle(false);
    });
  });
}

function isInUse(error: unknown): boolean {
  return hasCode(error, "ConfigInvalid") && (error.cause as { readonly code?: unknown }).code === "EADDRINUSE";
}
