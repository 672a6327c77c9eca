import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { request as requestByTls } from "node:https";
import { silentLogger } from "#src/core/logger.ts";
import { type Clock, systemClock } from "#src/core/clock.ts";
import { defaultLiveLimits, type LiveLimits, LiveStream } from "#src/view/live/live-stream.ts";
import { PageAccess } from "#src/view/server/page-access.ts";
import { readPageFiles } from "#src/view/server/page-files.ts";
import { PageFaultError } from "#src/view/server/page-faults.ts";
import { loopbackAuthorities } from "#src/view/server/request-guard.ts";
import { LinkGate } from "#src/view/server/link-gate.ts";
import type { ViewAnswers } from "#src/view/server/page-viewer.ts";
import { createViewApp } from "#src/view/server/view-app.ts";
import { startViewServer } from "#src/view/server/view-server.ts";
import type { ViewItem } from "#src/view/contract/view-item.ts";
import { sampleSnapshot } from "#test/fixtures/view/view-samples.ts";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** By TLS, whoever signed the certificate. */
  readonly isSecure?: boolean;
}

/** Asks without any library that would correct the path or the headers. */
export function askRaw(
  port: number,
  path: string,
  { method = "GET", headers = {}, body, isSecure = false }: RawRequest = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const ask = isSecure ? requestByTls : request;
    const target = { host: "127.0.0.1", port, path, method, headers, agent: false, rejectUnauthorized: false };
    const sent = ask(target, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString() });
      });
      answer.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const noAnswers: ViewAnswers = {
  network: (name) => Promise.reject(new PageFaultError("NotFound", `there is no network ${name}`)),
  pod: () => Promise.reject(new PageFaultError("NotFound")),
  trace: () => Promise.reject(new PageFaultError("BadQuery")),
  activity: () => Promise.reject(new Error("broken")),
};

/** Starts the server of the page with these objects and without anything behind it. */
export async function startViewPage(
  items: readonly ViewItem[],
  more: { limits?: LiveLimits; answers?: Partial<ViewAnswers>; clock?: Clock } = {},
) {
  const access = new PageAccess(randomBytes);
  const source = { snapshot: () => sampleSnapshot(items), state: () => ({ at: "2026-01-01T00:00:00Z", live: true }) };
  const live = new LiveStream(source, more.clock ?? systemClock, more.limits ?? defaultLiveLimits);
  let authorities: ReadonlySet<string> = new Set();
  const files = await readPageFiles(undefined);
  const answers = { ...noAnswers, ...more.answers };
  const gate = new LinkGate(access, { live, answers });
  const app = createViewApp({ gate, authorities: () => authorities, files, logger: silentLogger });
  const server = await startViewServer(app, 0);
  authorities = loopbackAuthorities(server.port);
  const { port } = server;
  return {
    port,
    access,
    live,
    /** Opens the link; resolves with the cookie of the session. */
    async login(): Promise<string> {
      const { headers } = await askRaw(port, `/?token=${access.token ?? ""}`);
      return String(headers["set-cookie"]).split(";")[0] ?? "";
    },
    async [Symbol.asyncDispose](): Promise<void> {
      live.close();
      await server.close();
    },
  };
}
