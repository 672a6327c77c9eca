import { OvsdbError } from "../errors/ovsdb-error.ts";
import { parseExactJson } from "./exact-json.ts";
import { JsonCutter, type JsonPath } from "./json-cutter.ts";

/** One JSON-RPC message. */
export type Message = Readonly<Record<string, unknown>>;

/** Takes a result in parts: elements of the result array (path of one) and members two or three levels down. */
export type ResultPart = (path: JsonPath, value: unknown) => void;

/** Turns the bytes of a connection into JSON-RPC messages, and a very long result into its parts. */
export class FrameReader {
  readonly #cutter: JsonCutter;
  readonly #maxBytes: number;
  readonly #deliver: (message: Message) => void;
  #streamed: ResultPart | undefined;
  #message: Record<string, unknown> | undefined;

  /** `deliver` gets each message in order; `maxBytes` bounds a message, or a part of a streamed result. */
  constructor(maxBytes: number, deliver: (message: Message) => void) {
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
   * From the next message on, hands out the result of replies in parts, and their messages without it; undefined ends
   * that. Only the replies whose result is of no use otherwise may be under way.
   */
  streamResults(onPart: ResultPart | undefined): void {
    this.#streamed = onPart;
  }

  /** Throws `ProtocolError` for bytes that are not JSON-RPC. */
  feed(chunk: Buffer): void {
    const rest = this.#takeWholeMessages(chunk);
    if (rest.length > 0) this.#cutter.feed(rest);
  }

  /** Messages mostly arrive whole, so they are tried as such before anybody counts brackets. */
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
  // [found, last transaction, {table: {uuid: row}}] or {table: {uuid: row}}
  return typeof path[1] === "number" ? path[1] === 2 && path.length <= 3 : path.length <= 2;
}

const openBrace = 0x7b;
const closeBrace = 0x7d;

/** The message that these bytes are, or undefined when they are part of one, several, or none. */
function wholeMessage(bytes: Buffer): Message | undefined {
  if (bytes[0] !== openBrace || bytes.at(-1) !== closeBrace) return undefined;
  try {
    return parseExactJson(bytes.toString("utf8")) as Message;
  } catch (caught) {
    if (caught instanceof OvsdbError) return undefined;
    throw caught;
  }
}
