import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError } from "#src/core/errors.ts";

export interface BindAddress {
  readonly host: string;
  /** Port 0 means any free port. */
  readonly port: number;
}

/** Listens and resolves with the port. Throws `ConfigInvalid` when the address cannot be used. */
export function startListening(server: Server, { host, port }: BindAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => {
      reject(new AppError("ConfigInvalid", `cannot listen on ${host} port ${port}: ${cause.message}`, { cause }));
    };
    server.once("error", onError);
    server.listen(port, host, () => {
      server.off("error", onError);
      resolve((server.address() as AddressInfo).port);
    });
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
