import type { ServerResponse } from "node:http";

/** The most bytes that are handed to a connection at once, so that a page that reads slowly is seen to read. */
const pieceBytes = 65_536;

const nothing = Buffer.alloc(0);

/**
 * The events that wait for one page. They are handed to its connection in pieces, each once the one before was taken. The numbers of a
 * socket do not tell whether anybody reads: they count bytes that only wait in it.
 */
export class LivePage {
  readonly #response: ServerResponse;
  readonly #backlogBytes: number;
  /** The events of which nothing was handed over yet. */
  #events: Buffer[] = [];
  /** The rest of the event that was handed over in part. */
  #begun: Buffer = nothing;
  /** The bytes that the connection has not taken, with those that were handed to it. */
  #waitingBytes = 0;
  #limitBytes = 0;
  #isHanding = false;
  #takenPieces = 0;
  /** The pieces that had been taken at the last heartbeat. Each page lives until its second one. */
  #takenBefore = -1;

  /** `backlogBytes` may wait besides the newest snapshot, before the page is cut off. */
  constructor(response: ServerResponse, backlogBytes: number) {
    this.#response = response;
    this.#backlogBytes = backlogBytes;
  }

  /** Sends an event, or cuts the page off when too much waits for it already. */
  send(event: Buffer): void {
    if (this.#waitingBytes > this.#limitBytes) this.cut();
    else this.#add(event);
  }

  /** Sends all that there is, in the place of the events that were not begun. */
  sendWhole(whole: Buffer): void {
    for (const { length } of this.#events) this.#waitingBytes -= length;
    this.#events = [];
    this.#limitBytes = this.#waitingBytes + whole.length + this.#backlogBytes;
    this.#add(whole);
  }

  /** Cuts the page off when something waits for it and it took nothing since the last heartbeat. Sends the beat when nothing waits. */
  beat(beat: Buffer): void {
    if (this.#waitingBytes === 0) this.#add(beat);
    else if (this.#takenPieces === this.#takenBefore) this.cut();
    this.#takenBefore = this.#takenPieces;
  }

  cut(): void {
    this.#response.destroy();
  }

  #add(event: Buffer): void {
    this.#events.push(event);
    this.#waitingBytes += event.length;
    this.#handOver();
  }

  #handOver(): void {
    if (this.#isHanding || this.#waitingBytes === 0) return;
    if (this.#begun.length === 0) this.#begun = this.#events.shift() ?? nothing;
    const piece = this.#begun.subarray(0, pieceBytes);
    this.#begun = this.#begun.subarray(pieceBytes);
    this.#isHanding = true;
    this.#response.write(piece, (fault) => {
      // A connection that is gone takes nothing more.
      if (fault !== null && fault !== undefined) return;
      this.#isHanding = false;
      this.#takenPieces += 1;
      this.#waitingBytes -= piece.length;
      this.#handOver();
    });
  }
}
