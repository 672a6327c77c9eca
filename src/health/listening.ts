import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError } from "#src/core/errors.ts";

export interface BindAddress {
  readonly host: string;
  /** Port 0 means any free port. */
  readonly port: number;
}

/** The default of Node. */
const usualBacklog = 511;

/**
 * Listens and resolves with the port. The kernel keeps `backlog` connections that were not accepted yet, and at most as many
 * as net.core.somaxconn says. Throws `ConfigInvalid` when the address cannot be used.
 */
export function startListening(server: Server, { host, port }: BindAddress, backlog = usualBacklog): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => {
      // The caller may try again with the same server.
      server.off("listening", onListening);
      reject(new AppError("ConfigInvalid", `cannot listen on ${host} port ${port}: ${cause.message}`, { cause }));
    };
    const onListening = (): void => {
      server.off("error", onError);
      resolve((server.address() as AddressInfo).port);
    };
    server.once("error", onError);
    server.once("listening", onListening);
    server.listen({ port, host, backlog });
  });
}

/** Takes no new connections, ends the idle ones, and resolves when none is left. It may be called once for a server. */
export function endListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
