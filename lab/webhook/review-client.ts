import { Agent, request } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import type { ConnectionOptions } from "node:tls";

export interface ReviewAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly json: unknown;
}

export interface ReviewClient {
  post(path: string, body: string, headers?: Readonly<Record<string, string>>): Promise<ReviewAnswer>;
  close(): void;
}

/**
 * Sends reviews like kube-apiserver: by HTTPS and HTTP/1.1, on connections that are kept. `sockets` is their largest
 * number.
 */
export function reviewClient(port: number, tls: ConnectionOptions, sockets = 25): ReviewClient {
  const agent = new Agent({ keepAlive: true, maxSockets: sockets, ...tls });
  return {
    post: (path, body, headers = {}) =>
      new Promise((resolve, reject) => {
        const options = { host: "127.0.0.1", port, path, method: "POST", agent, servername: "localhost" };
        const sent = request(
          { ...options, headers: { "content-type": "application/json", ...headers } },
          (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.once("error", reject);
            response.once("end", () => {
              const json: unknown = JSON.parse(Buffer.concat(chunks).toString());
              resolve({ status: response.statusCode ?? 0, headers: response.headers, json });
            });
          },
        );
        sent.once("error", reject);
        sent.end(body);
      }),
    close: () => {
      agent.destroy();
    },
  };
}
