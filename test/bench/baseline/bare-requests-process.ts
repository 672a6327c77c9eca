// A process that sends prepared requests to an API server over kept-alive TLS connections, each of which waits for its
// reply. It reads orders, one JSON line each, and answers with the milliseconds that the order took and, for each request,
// its own milliseconds, the time of its reply and the UID in it. It imports nothing of ours.
import { Agent, request } from "node:https";
import { createInterface } from "node:readline";

interface BareRequest {
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

interface Order {
  readonly port: number;
  readonly ca: string;
  readonly client: { readonly cert: string; readonly key: string };
  readonly connections: number;
  readonly requests: readonly BareRequest[];
  /** The first page of a list, which is read to its end. It stands in place of requests. */
  readonly list?: string;
  /** Counts requests that fail. Without it the first one ends the process. */
  readonly tolerant?: boolean;
}

let agent: Agent | undefined;

async function run({ port, ca, client, connections, requests, list, tolerant = false }: Order) {
  agent ??= new Agent({ keepAlive: true, maxSockets: connections, ca, ...client });
  const uids: string[] = [];
  const latenciesMs: number[] = [];
  const repliedAtMs: number[] = [];
  const failures: string[] = [];
  const startMs = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < requests.length) {
      const n = next++;
      const one = requests[n];
      if (one === undefined) return;
      const sentMs = performance.now();
      try {
        uids[n] = uidIn(await send(port, one));
      } catch (error) {
        if (!tolerant) throw error;
        uids[n] = "";
        failures.push(String(error));
      }
      const endMs = performance.now();
      latenciesMs[n] = endMs - sentMs;
      repliedAtMs[n] = performance.timeOrigin + endMs;
    }
  };
  if (list !== undefined) await readPages(port, list);
  else await Promise.all(Array.from({ length: connections }, lane));
  return { ms: performance.now() - startMs, uids, latenciesMs, repliedAtMs, failures };
}

async function readPages(port: number, path: string): Promise<void> {
  for (let next = path; next !== ""; ) {
    const text = await send(port, { method: "GET", path: next, type: "application/json", body: "" });
    // The metadata of the list come before the first item.
    const more = /"continue":"([^"]+)"/.exec(text.slice(0, 2_000))?.[1];
    next = more === undefined ? "" : `${path}&continue=${encodeURIComponent(more)}`;
  }
}

function send(port: number, { method, path, type, body }: BareRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { accept: "application/json", "content-type": type, "content-length": Buffer.byteLength(body) };
    request({ agent, host: "127.0.0.1", port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200 || response.statusCode === 201) resolve(text);
        else reject(new Error(`${method} ${path}: ${response.statusCode ?? 0} ${text.slice(0, 500)}`));
      });
    })
      .on("error", reject)
      .end(body);
  });
}

function uidIn(text: string): string {
  return /"uid":"([^"]+)"/.exec(text)?.[1] ?? "";
}

for await (const line of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(line) as Order))}\n`);
}
