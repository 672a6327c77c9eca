import { once } from "node:events";
import type { TestContext } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { podReview } from "#test/fixtures/webhooks/pod-review.ts";
import { path } from "./started-server.ts";

/** The bytes of a POST on the wire. `request` overrides fields of the review's request. */
export function post(request: Readonly<Record<string, unknown>> = {}, query = ""): string {
  const body = JSON.stringify(podReview(request));
  return [
    `POST ${path}${query} HTTP/1.1`,
    "host: localhost",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

/** Opens a connection to the admission port. It is destroyed with the test. */
export async function dial(t: TestContext, port: number, ca: string): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" });
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  return socket;
}
