import { AppError } from "#src/core/errors.ts";

/**
 * The protocol between shim and agent over the agent's unix socket. Each connection carries one call.
 *
 *     shim:  ovn4nfv-cni/1 <bytes of environment> <bytes of configuration>\n<environment><configuration>
 *     agent: ovn4nfv-cni/1 <exit status> <bytes of output>\n<output>                     and closes
 *
 * Numbers are decimal. The environment is every CNI_ variable as `NAME=value`, each with a NUL at its end, so that nothing
 * needs escaping. The configuration is the shim's stdin, unchanged. The shim never half-closes a connection: when it ends
 * before the answer, the runtime has killed the shim and nobody waits for the call any more.
 */
export const shimProtocol = {
  magic: "ovn4nfv-cni/1",
  maxEnvironmentBytes: 65_536,
  maxConfigBytes: 1_048_576,
  maxAnswerBytes: 1_048_576,
} as const;

/** One call, as the shim sent it. */
export interface ShimCall {
  readonly environment: ReadonlyMap<string, string>;
  readonly stdin: Uint8Array;
}

const maxHeaderBytes = 40;
const headerPattern = /^ovn4nfv-cni\/1 (\d{1,7}) (\d{1,7})$/;

/** Joins the pieces that a socket delivers to one call. */
export class CallReader {
  #received = Buffer.alloc(0);

  /** Returns the call when it is complete, else undefined. Throws `ProtocolError` for bytes that no shim sends. */
  push(chunk: Uint8Array): ShimCall | undefined {
    this.#received = Buffer.concat([this.#received, chunk]);
    const newline = this.#received.subarray(0, maxHeaderBytes).indexOf("\n");
    if (newline < 0) {
      if (this.#received.length >= maxHeaderBytes) throw new AppError("ProtocolError", "a call has no header");
      return undefined;
    }
    const header = headerPattern.exec(this.#received.toString("latin1", 0, newline));
    const [environmentBytes, configBytes] = [Number(header?.[1] ?? NaN), Number(header?.[2] ?? NaN)];
    if (!(environmentBytes <= shimProtocol.maxEnvironmentBytes && configBytes <= shimProtocol.maxConfigBytes)) {
      throw new AppError("ProtocolError", "the header of a call is not of this protocol, or announces too many bytes");
    }
    const body = this.#received.subarray(newline + 1);
    if (body.length > environmentBytes + configBytes)
      throw new AppError("ProtocolError", "a call is longer than its header says");
    if (body.length < environmentBytes + configBytes) return undefined;
    return {
      environment: readEnvironment(body.subarray(0, environmentBytes)),
      stdin: body.subarray(environmentBytes),
    };
  }
}

function readEnvironment(block: Buffer): ReadonlyMap<string, string> {
  const environment = new Map<string, string>();
  for (const entry of block.toString("utf8").split("\0")) {
    const equals = entry.indexOf("=");
    if (equals > 0) environment.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return environment;
}

/** The bytes of a call, as the shim sends them. */
export function encodeCall({ environment, stdin }: ShimCall): Buffer {
  const block = Buffer.from([...environment].map(([name, value]) => `${name}=${value}\0`).join(""));
  const header = `${shimProtocol.magic} ${block.length.toString()} ${stdin.length.toString()}\n`;
  return Buffer.concat([Buffer.from(header), block, stdin]);
}

export interface ShimAnswer {
  /** The exit status of the shim. */
  readonly status: 0 | 1;
  /** The text that the shim prints. */
  readonly output: string;
}

/** Reads all that came until the end of a connection. Undefined when it is no whole answer. */
export function decodeAnswer(bytes: Buffer): ShimAnswer | undefined {
  const [, header = "", status = "", length] =
    /^(ovn4nfv-cni\/1 ([01]) (\d{1,7})\n)/.exec(bytes.toString("latin1")) ?? [];
  const output = bytes.subarray(header.length);
  if (header === "" || output.length !== Number(length)) return undefined;
  return { status: status === "0" ? 0 : 1, output: output.toString("utf8") };
}

/** The bytes of an answer: the text that the shim prints, and its exit status. */
export function encodeAnswer(status: 0 | 1, output: string): Buffer {
  const bytes = Buffer.from(output, "utf8");
  if (bytes.length > shimProtocol.maxAnswerBytes)
    throw new AppError("Internal", "an answer to the shim is longer than 1 MiB");
  return Buffer.concat([Buffer.from(`${shimProtocol.magic} ${status.toString()} ${bytes.length.toString()}\n`), bytes]);
}
