// Cuts JSON that arrives in pieces, at any byte, into the parts that are parsed by themselves: whole messages, or the
// rows of a dump that is too large to be held as one string. Works on bytes, as UTF-8 never hides a bracket or quote.
import { OvsdbError } from "../errors/ovsdb-error.ts";

/** Where a value is: keys of objects and positions in arrays. The same array is used again and again. */
export type JsonPath = readonly (string | number)[];

export interface CutterSink {
  /** Whether the members of the object or array at this path are wanted one by one. */
  descend(path: JsonPath): boolean;
  /** The text of a value at which `descend` was false, or of a scalar. */
  value(path: JsonPath, text: string): void;
  /** The top-level value is complete. */
  end(): void;
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

type State = "between" | "value" | "captured-value" | "key" | "captured-key" | "colon" | "after";

/** One stream of JSON values, which must be objects at the top. Throws `ProtocolError` when it is not such a stream. */
export class JsonCutter {
  readonly #sink: CutterSink;
  readonly #maxBytes: number;
  #state: State = "between";
  /** Open objects (true) and arrays (false) that were descended into, and the path to the value that comes. */
  readonly #containers: boolean[] = [];
  readonly #path: (string | number)[] = [];
  // The value or key that is being captured.
  #depth = 0;
  #inString = false;
  #escaped = false;
  #pieces: Buffer[] = [];
  #capturedBytes = 0;

  constructor(sink: CutterSink, maxBytes: number) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  /** True when no value has been begun. */
  get idle(): boolean {
    return this.#state === "between";
  }

  feed(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at =
        this.#state === "captured-value" || this.#state === "captured-key"
          ? this.#capture(chunk, at)
          : this.#step(chunk[at] as number, at);
    }
  }

  /** Takes one byte outside captured values; returns where to go on. */
  #step(byte: number, at: number): number {
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) return at + 1;
    switch (this.#state) {
      case "between":
        if (byte !== openBrace) throw unexpected(byte);
        return this.#beginValue(byte, at);
      case "value":
        if (byte === closeBracket && this.#path.at(-1) === 0) return this.#close(at);
        return this.#beginValue(byte, at);
      case "key":
        if (byte === closeBrace) {
          this.#path.push("");
          return this.#close(at);
        }
        if (byte !== quote) throw unexpected(byte);
        this.#state = "captured-key";
        return at;
      case "colon":
        if (byte !== colon) throw unexpected(byte);
        this.#state = "value";
        return at + 1;
      default:
        return this.#afterValue(byte, at);
    }
  }

  #beginValue(byte: number, at: number): number {
    const isObject = byte === openBrace;
    if ((isObject || byte === openBracket) && this.#sink.descend(this.#path)) {
      this.#containers.push(isObject);
      if (!isObject) this.#path.push(0);
      this.#state = isObject ? "key" : "value";
      return at + 1;
    }
    if (byte === comma || byte === colon || byte === closeBrace || byte === closeBracket) throw unexpected(byte);
    this.#state = "captured-value";
    return at;
  }

  #afterValue(byte: number, at: number): number {
    const inObject = this.#containers.at(-1) === true;
    if (byte === (inObject ? closeBrace : closeBracket)) return this.#close(at);
    if (byte !== comma) throw unexpected(byte);
    const last = this.#path.pop();
    if (!inObject) this.#path.push((last as number) + 1);
    this.#state = inObject ? "key" : "value";
    return at + 1;
  }

  #close(at: number): number {
    this.#path.pop();
    this.#containers.pop();
    this.#valueIsOver();
    return at + 1;
  }

  #valueIsOver(): void {
    if (this.#containers.length > 0) {
      this.#state = "after";
      return;
    }
    this.#state = "between";
    this.#sink.end();
  }

  /** Takes bytes of the captured value or key until it ends; returns where to go on. */
  #capture(chunk: Buffer, start: number): number {
    let depth = this.#depth;
    let inString = this.#inString;
    let escaped = this.#escaped;
    let at = start;
    let over = false;
    for (; at < chunk.length && !over; at += 1) {
      const byte = chunk[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) {
          inString = false;
          over = depth === 0;
        }
      } else if (byte === quote) inString = true;
      else if (byte === openBrace || byte === openBracket) depth += 1;
      else if (byte === closeBrace || byte === closeBracket) {
        // At depth 0 it closes what holds this number or word.
        if (depth === 0) break;
        depth -= 1;
        over = depth === 0;
      } else if (depth === 0 && (byte === comma || byte === 0x20 || byte === 0x0a)) break;
    }
    this.#capturedBytes += at - start;
    if (this.#capturedBytes > this.#maxBytes) {
      throw new OvsdbError("ProtocolError", `the server sent a message of more than ${this.#maxBytes} bytes`);
    }
    if (over || at < chunk.length) {
      this.#captured(chunk, start, at);
      return at;
    }
    // A copy: the caller uses the chunk again.
    this.#pieces.push(Buffer.from(chunk.subarray(start)));
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    return at;
  }

  #captured(chunk: Buffer, start: number, end: number): void {
    if (
      this.#state === "captured-key" &&
      this.#pieces.length === 0 &&
      !chunk.subarray(start, end).includes(backslash)
    ) {
      // Without its quotes from the start: a slice of a string would keep the whole of it.
      this.#capturedKey(chunk.toString("utf8", start + 1, end - 1));
      return;
    }
    const text =
      this.#pieces.length === 0
        ? chunk.toString("utf8", start, end)
        : Buffer.concat([...this.#pieces, chunk.subarray(start, end)]).toString("utf8");
    if (this.#state === "captured-key") {
      this.#capturedKey(JSON.parse(text) as string);
      return;
    }
    this.#reset();
    this.#sink.value(this.#path, text);
    this.#valueIsOver();
  }

  #capturedKey(key: string): void {
    this.#reset();
    this.#path.push(key);
    this.#state = "colon";
  }

  #reset(): void {
    this.#pieces = [];
    this.#capturedBytes = 0;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
  }
}

function unexpected(byte: number): OvsdbError {
  const printed = byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `byte 0x${byte.toString(16)}`;
  return new OvsdbError("ProtocolError", `the server sent something that is not JSON-RPC, at "${printed}"`);
}
