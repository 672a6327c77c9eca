/** A reply of HTTP/1.1: its status, and its whole text with head and chunk sizes. */
export interface HttpReply {
  readonly status: number;
  readonly text: string;
}

/**
 * Reads replies from a connection that carries one request at a time. It knows so little of HTTP that it costs the load
 * generator almost nothing: the bench measures the servers, and on two cores a client takes its time from them.
 */
export class HttpReplyReader {
  #text = "";

  /** Returns the reply when this chunk completes it. */
  add(chunk: Buffer): HttpReply | undefined {
    this.#text += chunk.toString("latin1");
    const headEnd = this.#text.indexOf("\r\n\r\n");
    if (headEnd < 0) return undefined;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#text.slice(0, headEnd))?.[1];
    // A reply without a length is chunked, and JSON has no line ends of this kind.
    const isComplete =
      length === undefined ? this.#text.endsWith("\r\n0\r\n\r\n") : this.#text.length >= headEnd + 4 + Number(length);
    if (!isComplete) return undefined;
    const reply = { status: Number(this.#text.slice(9, 12)), text: this.#text };
    this.#text = "";
    return reply;
  }
}
