// The load generator posts one body again and again over kept-alive TLS connections, each of which waits for its reply.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { connect, type TLSSocket } from "node:tls";
import { HttpReplyReader } from "./http-reply.ts";
import { type PostOrder, postOrderSchema, type PostResult } from "./post-load-order.ts";
import { median } from "../report.ts";

async function run(order: PostOrder): Promise<PostResult> {
  const sockets = await Promise.all(Array.from({ length: order.connections }, () => open(order)));
  await postMany(sockets, order, order.warmUp);
  const startMs = performance.now();
  const latenciesMs = await postMany(sockets, order, order.total);
  const seconds = (performance.now() - startMs) / 1000;
  for (const socket of sockets) socket.destroy();
  return { perSecond: order.total / seconds, medianMs: median(latenciesMs) };
}

async function open({ port, ca, client }: PostOrder): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, ca, ...client });
  await once(socket, "secureConnect");
  return socket.setNoDelay();
}

async function postMany(sockets: readonly TLSSocket[], order: PostOrder, total: number): Promise<number[]> {
  const message = printRequest(order);
  const latenciesMs: number[] = [];
  let sent = 0;
  const lane = async (socket: TLSSocket): Promise<void> => {
    while (sent < total) {
      sent += 1;
      const startMs = performance.now();
      await post(socket, message, order);
      latenciesMs.push(performance.now() - startMs);
    }
  };
  await Promise.all(sockets.map(lane));
  return latenciesMs;
}

function post(socket: TLSSocket, message: Buffer, { status, contains }: PostOrder): Promise<void> {
  const reader = new HttpReplyReader();
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      socket.off("data", onData).off("close", onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onData = (chunk: Buffer): void => {
      const reply = reader.add(chunk);
      if (reply === undefined) return;
      const isWanted = reply.status === status && reply.text.includes(contains);
      settle(isWanted ? undefined : new Error(`unexpected reply: ${reply.text.slice(0, 2_000)}`));
    };
    const onClose = (): void => {
      settle(new Error("the server closed the connection"));
    };
    socket.on("data", onData).on("close", onClose);
    socket.write(message);
  });
}

function printRequest({ path, body }: PostOrder): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Accept: application/json",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

for await (const line of createInterface(process.stdin)) {
  const result = await run(postOrderSchema.parse(JSON.parse(line)));
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
