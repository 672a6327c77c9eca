import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError } from "#src/core/errors.ts";

export interface BindAddress {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
}

/** Listens and resolves with the port; throws `ConfigInvalid` when the address cannot be had. */
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

/** Takes no new connections and ends the idle ones; resolves when none is left. Called once for a server. */
export function endListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
