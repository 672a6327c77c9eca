import { readFile } from "node:fs/promises";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, type SecureContextOptions } from "node:tls";
import type { Clock } from "#src/core/clock.ts";
import { settleWithin } from "#src/core/deadline.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { TlsFiles } from "./client-options.ts";
import type { Endpoint } from "./endpoint.ts";

export interface OpenSocketOptions {
  readonly endpoint: Endpoint;
  readonly tls?: TlsFiles;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Opens a connection, TLS handshake included. Throws `NotConnected`, `DeadlineExceeded`, `Aborted` or `ConfigInvalid`. */
export async function openSocket(options: OpenSocketOptions): Promise<Socket> {
  const { endpoint, clock, timeoutMs, signal } = options;
  const credentials = endpoint.scheme === "ssl" ? await readCredentials(options.tls) : undefined;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  let socket: Socket | undefined;
  const giveUp = (error: AppError): AppError => {
    socket?.on("error", () => {}).destroy();
    return error;
  };
  return settleWithin<Socket>(
    clock,
    { signal, deadlineMs },
    `connect to ${endpoint.text}`,
    (resolve, reject) => {
      const opened = connect(endpoint, credentials);
      socket = opened;
      const failed = (cause: Error): void => {
        opened.destroy();
        reject(new AppError("NotConnected", `cannot connect to ${endpoint.text}: ${cause.message}`, { cause }));
      };
      opened.once("error", failed);
      opened.once(credentials === undefined ? "connect" : "secureConnect", () => {
        opened.off("error", failed);
        resolve(opened);
      });
    },
    giveUp,
  );
}

function connect(endpoint: Endpoint, credentials: SecureContextOptions | undefined): Socket {
  if (endpoint.scheme === "unix") return connectPlain({ path: endpoint.path });
  const { host, port } = endpoint;
  if (credentials === undefined) return connectPlain({ host, port }).setNoDelay(true);
  // OVN's certificates name no host; the authority alone vouches for the server, as in OVS itself.
  return connectTls({ host, port, ...credentials, checkServerIdentity: () => undefined }).setNoDelay(true);
}

async function readCredentials(files: TlsFiles | undefined): Promise<SecureContextOptions> {
  if (files === undefined) throw new AppError("ConfigInvalid", "an ssl: endpoint needs the file of an authority");
  const { certificateFile, privateKeyFile, caFile } = files;
  try {
    const [ca, cert, key] = await Promise.all([
      readFile(caFile),
      certificateFile === undefined ? undefined : readFile(certificateFile),
      privateKeyFile === undefined ? undefined : readFile(privateKeyFile),
    ]);
    return { ca, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
  } catch (caught) {
    throw new AppError("NotConnected", `cannot read a TLS file: ${fromUnknown(caught).message}`, { cause: caught });
  }
}
