import { OvsdbError } from "../errors/ovsdb-error.ts";
import { parseExactJson } from "./exact-json.ts";
import { JsonCutter, type JsonPath } from "./json-cutter.ts";

/** One JSON-RPC message. */
export type JsonRpcMessage = Readonly<Record<string, unknown>>;

/**
 * Takes a result in parts: the elements of the result array, whose path has one element, and rows, whose path is
 * longer.
 */
export type ResultPart = (path: JsonPath, value: unknown) => void;

/** Turns the bytes of a connection into JSON-RPC messages, and a very long result into its parts. */
export class FrameReader {
  readonly #cutter: JsonCutter;
  readonly #maxBytes: number;
  readonly #deliver: (message: JsonRpcMessage) => void;
  #streamed: ResultPart | undefined;
  #message: Record<string, unknown> | undefined;

  /**
   * `deliver` gets each message, in order. `maxBytes` limits a message, or a part of a result that is handed out in
   * parts.
   */
  constructor(maxBytes: number, deliver: (message: JsonRpcMessage) => void) {
    this.#maxBytes = maxBytes;
    this.#deliver = deliver;
    this.#cutter = new JsonCutter(
      {
        descend: (path) => this.#streamed !== undefined && isStreamed(path),
        value: (path, text) => {
          this.#value(path, text);
        },
        end: () => {
          const message = this.#message ?? {};
          this.#message = undefined;
          this.#deliver(message);
        },
      },
      maxBytes,
    );
  }

  /**
   * From the next message on, the results of replies are handed out in parts, and their messages come without a result;
   * undefined ends that. Meanwhile no other reply may be awaited.
   */
  streamResults(onPart: ResultPart | undefined): void {
    this.#streamed = onPart;
  }

  /** Takes the next bytes. Throws `ProtocolError` when they are not JSON-RPC. */
  feed(chunk: Buffer): void {
    const rest = this.#takeWholeMessages(chunk);
    if (rest.length > 0) this.#cutter.feed(rest);
  }

  /** Most messages arrive whole, and to parse them at once is quicker than to count brackets first. */
  #takeWholeMessages(chunk: Buffer): Buffer {
    let rest = chunk;
    while (rest.length > 0 && this.#cutter.idle && this.#streamed === undefined) {
      const next = rest.indexOf("}{");
      const end = next < 0 ? rest.length : next + 1;
      const message = end <= this.#maxBytes ? wholeMessage(rest.subarray(0, end)) : undefined;
      if (message === undefined) break;
      rest = rest.subarray(end);
      this.#deliver(message);
    }
    return rest;
  }

  #value(path: JsonPath, text: string): void {
    const value = parseExactJson(text);
    if (path.length === 0) this.#message = value as Record<string, unknown>;
    else if (path.length === 1) this.#message = { ...this.#message, [String(path[0])]: value };
    else this.#streamed?.(path.slice(1), value);
  }
}

function isStreamed(path: JsonPath): boolean {
  if (path.length === 0) return true;
  if (path[0] !== "result") return false;
  // The result of monitor_cond_since is [found, last transaction, {table: {uuid: row}}]; that of monitor_cond and monitor
  // is {table: {uuid: row}}.
  return typeof path[1] === "number" ? path[1] === 2 && path.length <= 3 : path.length <= 2;
}

const openBrace = 0x7b;
const closeBrace = 0x7d;

/** The message that these bytes are. Undefined: they are a part of one, or several, or none. */
function wholeMessage(bytes: Buffer): JsonRpcMessage | undefined {
  if (bytes[0] !== openBrace || bytes.at(-1) !== closeBrace) return undefined;
  try {
    return parseExactJson(bytes.toString("utf8")) as JsonRpcMessage;
  } catch (caught) {
    if (caught instanceof OvsdbError) return undefined;
    throw caught;
  }
}
