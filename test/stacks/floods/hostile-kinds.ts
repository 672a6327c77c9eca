// The kinds of hostile peers differ in their work with a connection to the admission port. Each kind gets a connected TCP socket.
import type { Socket } from "node:net";
import { connect } from "node:tls";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";

const path = "/mutate/pods?timeout=10s";

function head(length: number): string {
  const lines = [`POST ${path} HTTP/1.1`, "host: localhost", "content-type: application/json"];
  return [...lines, `content-length: ${length}`, "", ""].join("\r\n");
}

const review = (spec: object): Buffer => Buffer.from(JSON.stringify(podReview({ object: { metadata: {}, spec } })));

const middling = review({ text: "x".repeat(64_000) });
/** Long text is much to receive. Many values are much to parse: they are just under what a review may have. */
const large = review({ text: "x".repeat(3_400_000) });
const dense = review({ list: Array.from({ length: 250_000 }, () => ({})) });
const tooDense = review({ list: Array.from({ length: 1_100_000 }, () => ({})) });

/** Does its work with the connection, which somebody else ends. */
type Hostile = (tcp: Socket) => void;

function overTls(work: (tls: Socket, post: (body: Buffer) => void) => void): Hostile {
  return (tcp) => {
    const tls = connect({ socket: tcp, rejectUnauthorized: false });
    tls.on("error", () => tcp.destroy()).resume();
    tls.once("secureConnect", () => {
      work(tls, (body) => tls.write(Buffer.concat([Buffer.from(head(body.length)), body])));
    });
  };
}

export const hostileKinds = {
  /** Ends the connection as soon as it is there. */
  closing: (tcp) => void tcp.destroy(),
  /** Makes its handshake and is silent then. */
  idle: overTls(() => undefined),
  /** Begins a ClientHello and never ends it. */
  handshake: (tcp) => void tcp.write(Buffer.from("160301020001", "hex")),
  /** Sends all of its body but the last byte. */
  withheld: overTls((tls) => {
    tls.write(head(middling.length));
    tls.write(middling.subarray(0, -1));
  }),
  /** Sends a byte of its body now and then. */
  slow: overTls((tls) => {
    tls.write(head(middling.length));
    const timer = setInterval(() => tls.write("{"), 500);
    tls.once("close", () => {
      clearInterval(timer);
    });
  }),
  /** Sends the largest bodies, one after the other. */
  large: overTls((tls, post) => {
    const bodies = [large, dense, tooDense];
    let next = Math.floor(Math.random() * bodies.length);
    const send = (): void => {
      post(bodies[(next += 1) % bodies.length] ?? large);
    };
    tls.on("data", send);
    send();
  }),
} as const satisfies Readonly<Record<string, Hostile>>;

export type HostileKind = keyof typeof hostileKinds;
