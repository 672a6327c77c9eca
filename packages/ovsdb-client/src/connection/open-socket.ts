import { readFile } from "node:fs/promises";
import { createConnection, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type PeerCertificate, type SecureContextOptions } from "node:tls";
import type { OvsdbClock } from "../time/clock.ts";
import { settleInTime } from "../time/call-limits.ts";
import { OvsdbError, toOvsdbError } from "../errors/ovsdb-error.ts";
import type { OvsdbEndpoint } from "./endpoint.ts";

/** The PEM files of `ssl:` endpoints. They are read for each connection, so they may be renewed in place. */
export interface TlsFiles {
  readonly certificateFile?: string;
  readonly privateKeyFile?: string;
  /** The authorities, one of which must have signed the certificate of the server. */
  readonly caFile: string;
  /**
   * The name or address that the certificate of each server must have. Without it no name is checked: the certificates
   * that ovs-pki(8) makes have none of a host.
   */
  readonly serverName?: string;
}

/** An open connection. Its reader sets `onChunk`. */
export interface ByteStream {
  readonly socket: Socket;
  /** Receives bytes. Copy what you keep: the buffer is reused after the call. */
  onChunk: (chunk: Buffer) => void;
}

// Each connection reads into one buffer. A buffer for each read would leave thousands behind when all rows are read.
const readBufferBytes = 256 << 10;

export interface OpenSocketOptions {
  readonly endpoint: OvsdbEndpoint;
  readonly tls?: TlsFiles;
  readonly clock: OvsdbClock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Opens a connection with its TLS handshake. Throws `NotConnected`, `DeadlineExceeded`, `Aborted` or `ConfigInvalid`.
 */
export async function openSocket(options: OpenSocketOptions): Promise<ByteStream> {
  const { endpoint, clock, timeoutMs, signal } = options;
  const credentials = endpoint.scheme === "ssl" ? await readCredentials(options.tls) : undefined;
  const serverName = options.tls?.serverName;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  let stream: ByteStream | undefined;
  const giveUp = (error: OvsdbError): OvsdbError => {
    stream?.socket.on("error", () => {}).destroy();
    return error;
  };
  return settleInTime<ByteStream>(
    clock,
    { signal, deadlineMs },
    `connect to ${endpoint.text}`,
    (resolve, reject) => {
      const connecting = connect(endpoint, credentials, serverName);
      stream = connecting;
      const { socket } = connecting;
      const failed = (cause: Error): void => {
        socket.destroy();
        reject(new OvsdbError("NotConnected", `cannot connect to ${endpoint.text}: ${cause.message}`, { cause }));
      };
      socket.once("error", failed);
      socket.once(credentials === undefined ? "connect" : "secureConnect", () => {
        socket.off("error", failed);
        resolve(connecting);
      });
    },
    giveUp,
  );
}

function connect(
  endpoint: OvsdbEndpoint,
  credentials: SecureContextOptions | undefined,
  serverName: string | undefined,
): ByteStream {
  if (endpoint.scheme === "unix") return plain({ path: endpoint.path });
  const { host, port } = endpoint;
  if (credentials === undefined) return plain({ host, port });
  const identity =
    serverName === undefined
      ? // OVS itself checks only the authority.
        { checkServerIdentity: () => undefined }
      : {
          checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
            checkServerIdentity(serverName, certificate),
          ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
        };
  const socket = connectTls({ host, port, ...credentials, ...identity });
  const stream: ByteStream = { socket: socket.setNoDelay(true), onChunk: () => {} };
  socket.on("data", (chunk: Buffer) => {
    stream.onChunk(chunk);
  });
  return stream;
}

function plain(where: { readonly path: string } | { readonly host: string; readonly port: number }): ByteStream {
  const buffer = Buffer.allocUnsafeSlow(readBufferBytes);
  const onread = {
    buffer,
    callback: (bytes: number): boolean => {
      stream.onChunk(buffer.subarray(0, bytes));
      return true;
    },
  };
  const stream: ByteStream = { socket: createConnection({ ...where, onread }).setNoDelay(true), onChunk: () => {} };
  return stream;
}

async function readCredentials(files: TlsFiles | undefined): Promise<SecureContextOptions> {
  if (files === undefined) throw new OvsdbError("ConfigInvalid", "an ssl: endpoint needs the file of an authority");
  const { certificateFile, privateKeyFile, caFile } = files;
  try {
    const [ca, cert, key] = await Promise.all([
      readFile(caFile),
      certificateFile === undefined ? undefined : readFile(certificateFile),
      privateKeyFile === undefined ? undefined : readFile(privateKeyFile),
    ]);
    return { ca, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
  } catch (caught) {
    throw new OvsdbError("NotConnected", `cannot read a TLS file: ${toOvsdbError(caught).message}`, { cause: caught });
  }
}
