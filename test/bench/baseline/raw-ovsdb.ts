// The smallest client that can commit to an ovsdb-server. It sends JSON text and reads the bytes up to the end of the reply.
// It imports nothing of ours, so that it measures the server and not our code.
import { connect, type Socket } from "node:net";

/** One connection without a monitor. It carries one request at a time. */
export class RawOvsdb {
  readonly #socket: Socket;
  #waiting: { readonly resolve: (reply: string) => void; readonly chunks: Buffer[] } | undefined;
  #depth = 0;
  #inString = false;
  #escaped = false;

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on("data", (chunk) => {
      this.#read(chunk);
    });
  }

  /** Sends one JSON-RPC request as it is and resolves with the reply's text. */
  send(text: string): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting = { resolve, chunks: [] };
      this.#socket.write(text);
    });
  }

  async transact(operations: readonly unknown[]): Promise<readonly Record<string, unknown>[]> {
    const reply = JSON.parse(await this.send(printTransaction(operations))) as {
      result: (Record<string, unknown> | null)[];
    };
    const failed = reply.result.find((result) => result !== null && "error" in result);
    if (failed !== undefined) throw new Error(JSON.stringify(failed));
    return reply.result.map((result) => result ?? {});
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#waiting?.chunks.push(chunk);
    for (const byte of chunk) {
      if (this.#escaped) this.#escaped = false;
      else if (this.#inString) {
        if (byte === 0x5c) this.#escaped = true;
        else if (byte === 0x22) this.#inString = false;
      } else if (byte === 0x22) this.#inString = true;
      else if (byte === 0x7b) this.#depth += 1;
      else if (byte === 0x7d) {
        this.#depth -= 1;
        if (this.#depth === 0) this.#end();
      }
    }
  }

  #end(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(Buffer.concat(waiting.chunks).toString());
  }
}

/** Throws unless the transaction inserted rows. One that fails says so in one of its results, whatever the others are. */
export function checkInserted(reply: string): void {
  if (reply.includes('"uuid"') && !/"error":(?!null)/.test(reply)) return;
  throw new Error(`a bare transaction inserted nothing: ${reply.slice(0, 300)}`);
}

export function printTransaction(operations: readonly unknown[]): string {
  return JSON.stringify({ method: "transact", params: ["OVN_Northbound", ...operations], id: 1 });
}
