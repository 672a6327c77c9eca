// One connection that speaks JSON-RPC (RFC 7047 section 4): requests and replies, notifications and echoes.
import type { OvsdbClock } from "../time/clock.ts";
import { type CallLimits, settleInTime } from "../time/call-limits.ts";
import { OvsdbError, toOvsdbError } from "../errors/ovsdb-error.ts";
import { FrameReader, type JsonRpcMessage, type ResultPart, type UpdateRows } from "./frame-reader.ts";
import type { ByteStream } from "./open-socket.ts";
import { printParameters } from "./printed-json.ts";
import { SilenceWatch } from "./silence-watch.ts";
import { WriteGate } from "./write-gate.ts";

export interface JsonRpcReply {
  readonly result: unknown;
  /** It is null when the call succeeded. */
  readonly error: unknown;
}

export interface ConnectionOptions {
  readonly stream: ByteStream;
  readonly endpoint: string;
  readonly clock: OvsdbClock;
  readonly probeIntervalMs: number;
  readonly maxFrameBytes: number;
  readonly maxQueuedBytes: number;
  /** Takes a notification of the server. A `ProtocolError` that it throws closes the connection. */
  readonly onNotification: (method: string, params: readonly unknown[]) => void;
  /** Takes the rows of a notification one by one; see `FrameReaderOptions`. Default: they are never handed out so. */
  readonly beginUpdate?: (monitor: unknown) => UpdateRows | undefined;
  /** Called once, when the connection is over. */
  readonly onClosed: (error: OvsdbError) => void;
}

interface Pending {
  /** Called as soon as the reply is read, before any later message. */
  readonly onReply: ((reply: JsonRpcReply) => void) | undefined;
  readonly resolve: (reply: JsonRpcReply) => void;
  readonly reject: (error: OvsdbError) => void;
}

type State = { readonly kind: "open" } | { readonly kind: "closed"; readonly error: OvsdbError };

const probeId = "probe";

/** It is open from the start until `close`, the peer, a wrong message or silence ends it, and is never opened again. */
export class Connection {
  readonly endpoint: string;
  readonly #options: ConnectionOptions;
  readonly #reader: FrameReader;
  readonly #gate: WriteGate;
  readonly #silence: SilenceWatch;
  readonly #pending = new Map<number, Pending>();
  #state: State = { kind: "open" };
  #lastId = 0;

  constructor(options: ConnectionOptions) {
    const { stream, endpoint, clock, probeIntervalMs, maxFrameBytes, maxQueuedBytes } = options;
    const { socket } = stream;
    this.endpoint = endpoint;
    this.#options = options;
    this.#reader = new FrameReader({
      maxBytes: maxFrameBytes,
      deliver: (message) => {
        this.#receive(message);
      },
      beginUpdate: options.beginUpdate ?? (() => undefined),
    });
    this.#gate = new WriteGate(socket, clock, maxQueuedBytes);
    this.#silence = new SilenceWatch(clock, probeIntervalMs, {
      probe: () => {
        this.#write({ method: "echo", params: [], id: probeId });
      },
      dead: (silentMs) => {
        const message = `${endpoint} has been silent for ${Math.round(silentMs)} ms`;
        this.close(new OvsdbError("NotConnected", message));
      },
    });
    stream.onChunk = (chunk) => {
      this.#read(chunk);
    };
    socket.on("error", (cause) => {
      this.close(new OvsdbError("NotConnected", `the connection to ${endpoint} broke: ${cause.message}`, { cause }));
    });
    socket.on("close", () => {
      this.close(new OvsdbError("NotConnected", `${endpoint} closed the connection`));
    });
  }

  /** The reason that the connection is over; undefined while it is open. */
  get closed(): OvsdbError | undefined {
    return this.#state.kind === "closed" ? this.#state.error : undefined;
  }

  /**
   * Sends a request and waits for its reply. Requests are sent in the order of the calls. Throws `NotConnected`,
   * `DeadlineExceeded` or `Aborted` when nothing was sent, else `OutcomeUnknown`. A reply that comes later is dropped.
   */
  async call(
    method: string,
    params: readonly unknown[],
    options: CallLimits = {},
    onReply?: (reply: JsonRpcReply) => void,
  ): Promise<JsonRpcReply> {
    const room = this.#gate.waitForRoom(options);
    // When there is room nothing is awaited, so that the request is written before this call returns.
    if (room === undefined) return this.#send(method, params, options, onReply);
    await room;
    const reply = this.#send(method, params, options, onReply);
    this.#gate.leave();
    return reply;
  }

  /**
   * Like `call`, for a result that is handed out in parts while it arrives, and for which the server may be silent for
   * long. No other call may be under way.
   */
  async callStreamed(
    method: string,
    params: readonly unknown[],
    options: CallLimits,
    onPart: ResultPart,
    onReply: (reply: JsonRpcReply) => void,
  ): Promise<JsonRpcReply> {
    this.#reader.streamResults(onPart);
    this.#silence.isPatient = true;
    return this.call(method, params, options, (reply) => {
      this.#reader.streamResults(undefined);
      this.#silence.isPatient = false;
      onReply(reply);
    });
  }

  /** Ends the connection; calls that are under way throw `OutcomeUnknown` with `error` as cause. */
  close(error: OvsdbError): void {
    if (this.#state.kind === "closed") return;
    this.#state = { kind: "closed", error };
    this.#silence.stop();
    this.#options.stream.socket.destroy();
    this.#gate.close(notSent(error));
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#options.onClosed(error);
    for (const { reject } of pending) reject(outcomeUnknown(error));
  }

  // `async`, so that an exception becomes a rejected promise.
  async #send(
    method: string,
    params: readonly unknown[],
    options: CallLimits,
    onReply: ((reply: JsonRpcReply) => void) | undefined,
  ): Promise<JsonRpcReply> {
    if (this.#state.kind === "closed") throw notSent(this.#state.error);
    let sent = false;
    return settleInTime<JsonRpcReply>(
      this.#options.clock,
      options,
      `${method} on ${this.endpoint}`,
      (resolve, reject) => {
        this.#lastId += 1;
        sent = true;
        this.#pending.set(this.#lastId, { onReply, resolve, reject });
        const head = `{"id":${this.#lastId},"method":${JSON.stringify(method)}`;
        this.#gate.write(`${head},"params":${printParameters(params)}}`);
      },
      (error) => (sent ? outcomeUnknown(error) : error),
    );
  }

  #write(message: JsonRpcMessage): void {
    this.#gate.write(JSON.stringify(message));
  }

  #read(chunk: Buffer): void {
    if (this.#state.kind === "closed") return;
    this.#silence.heard();
    try {
      this.#reader.feed(chunk);
    } catch (caught) {
      const error = toOvsdbError(caught);
      this.close(error);
      // Any other error is a defect of a listener, or of this package, which must not be hidden.
      if (error.code !== "ProtocolError") throw caught;
    }
  }

  #receive(message: JsonRpcMessage): void {
    if (this.#state.kind === "closed") return;
    const { method, params, id, result, error } = message;
    if (typeof method === "string") {
      if (id === undefined || id === null) this.#options.onNotification(method, Array.isArray(params) ? params : []);
      else if (method === "echo") this.#write({ id, result: params, error: null });
      else this.#write({ id, result: null, error: "unknown method" });
      return;
    }
    if (id === probeId) return;
    const pending = this.#pending.get(id as number);
    if (pending === undefined)
      throw new OvsdbError("ProtocolError", "the server answered a request that was never made");
    this.#pending.delete(id as number);
    const reply: JsonRpcReply = { result, error: error ?? null };
    pending.onReply?.(reply);
    pending.resolve(reply);
  }
}

function notSent(cause: OvsdbError): OvsdbError {
  return new OvsdbError("NotConnected", `not sent: ${cause.message}`, { cause });
}

function outcomeUnknown(cause: OvsdbError): OvsdbError {
  return new OvsdbError("OutcomeUnknown", `sent, but not answered: ${cause.message}`, { cause });
}
