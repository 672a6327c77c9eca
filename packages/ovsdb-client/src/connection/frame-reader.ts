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

/** Takes the rows of one notification while it arrives. */
export interface UpdateRows {
  row(table: string, uuid: string, update: unknown): void;
}

export interface FrameReaderOptions {
  /** Limits a message, or a part of it that is handed out by itself. */
  readonly maxBytes: number;
  /** Gets each message, in order. */
  readonly deliver: (message: JsonRpcMessage) => void;
  /**
   * Called when a notification does not arrive at once, with its first parameter, the name of a monitor. What it returns
   * gets the rows one by one, and stands in their place among the parameters. Undefined: the rows stay together.
   */
  readonly beginUpdate: (monitor: unknown) => UpdateRows | undefined;
}

/** Turns the bytes of a connection into JSON-RPC messages, and what is very long into its parts. */
export class FrameReader {
  readonly #cutter: JsonCutter;
  readonly #options: FrameReaderOptions;
  #streamed: ResultPart | undefined;
  #message: Record<string, unknown> = {};
  #params: unknown[] = [];
  #rows: UpdateRows | undefined;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
    this.#cutter = new JsonCutter(
      {
        descend: (path, isObject) => this.#descend(path, isObject),
        value: (path, text) => {
          this.#value(path, parseExactJson(text));
        },
        end: () => {
          const message = this.#message;
          this.#message = {};
          // A long update would be kept in memory until the next one arrives.
          this.#params = [];
          this.#rows = undefined;
          options.deliver(message);
        },
      },
      options.maxBytes,
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
      const message = end <= this.#options.maxBytes ? wholeMessage(rest.subarray(0, end)) : undefined;
      if (message === undefined) break;
      rest = rest.subarray(end);
      this.#options.deliver(message);
    }
    return rest;
  }

  #descend(path: JsonPath, isObject: boolean): boolean {
    const [member, position] = path;
    if (member === undefined) return true;
    if (member === "result") return this.#streamed !== undefined && isStreamed(path);
    if (member !== "params") return false;
    if (position === undefined) {
      if (isObject) return false;
      this.#params = [];
      this.#message[member] = this.#params;
      return true;
    }
    if (!isObject || path.length > 3) return false;
    if (path.length === 2) {
      this.#rows = this.#options.beginUpdate(this.#params[0]);
      if (this.#rows !== undefined) this.#params[Number(position)] = this.#rows;
    }
    return this.#rows !== undefined;
  }

  #value(path: JsonPath, value: unknown): void {
    const [member, position, table, uuid] = path;
    if (path.length <= 1) this.#message[String(member)] = value;
    else if (member === "result") this.#streamed?.(path.slice(1), value);
    else if (path.length === 2) this.#params[Number(position)] = value;
    else if (typeof table === "string" && typeof uuid === "string") this.#rows?.row(table, uuid, value);
    else throw new OvsdbError("ProtocolError", "the server sent a table update that is not an object");
  }
}

function isStreamed(path: JsonPath): boolean {
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
