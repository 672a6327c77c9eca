// Cuts JSON that arrives in pieces of any length into the texts that are parsed by themselves: whole messages, or the
// rows of a result that is too large for one string. It reads bytes, because no byte of a longer UTF-8 character is a
// bracket or a quote.
import { OvsdbError } from "../errors/ovsdb-error.ts";

/** The way to a value: keys of objects and positions in arrays. The array is reused between calls; copy it to keep it. */
export type JsonPath = readonly (string | number)[];

/** Takes the parts into which a stream is cut. */
export interface CutterSink {
  /** True when the members of the object, or the elements of the array, at this path are wanted one by one. */
  descend(path: JsonPath, isObject: boolean): boolean;
  /** Takes the text of a scalar, or of a value for which `descend` was false. */
  value(path: JsonPath, text: string): void;
  /** Called when a value at the top is complete. */
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

/** Cuts one stream of JSON objects. Throws `ProtocolError` when it is another stream. */
export class JsonCutter {
  readonly #sink: CutterSink;
  readonly #maxBytes: number;
  #state: State = "between";
  /** The open objects (true) and arrays (false) whose members are handed out, and the path to the next value. */
  readonly #containers: boolean[] = [];
  readonly #path: (string | number)[] = [];
  // The state of the value or key that is being captured.
  #depth = 0;
  #inString = false;
  #escaped = false;
  #pieces: Buffer[] = [];
  #capturedBytes = 0;

  constructor(sink: CutterSink, maxBytes: number) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  /** True between two values at the top. */
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

  /** Takes one byte outside captured values. Returns the position of the next one. */
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
    if ((isObject || byte === openBracket) && this.#sink.descend(this.#path, isObject)) {
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

  /** Takes the bytes of the captured value or key until it ends. Returns the position of the next byte. */
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
        // At depth 0 the bracket closes the object or array that has this number or word.
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
    // The caller uses the chunk again, so a copy is kept.
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
      // The string is made without its quotes, because a slice of a longer string would keep that in memory.
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
