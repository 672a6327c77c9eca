import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Activity } from "../contract/activity.ts";
import type { NetworkSpace } from "../contract/network-space.ts";
import type { PodStory } from "../contract/pod-story.ts";
import type { TraceAnswer } from "../contract/trace-answer.ts";
import type { ViewError } from "../contract/view-event.ts";
import type { LiveStream } from "../live/live-stream.ts";
import { printSafeJson } from "../live/safe-json.ts";
import type { PageAccess } from "./page-access.ts";
import type { PageFile } from "./page-files.ts";
import { faultOf, type PageFault, pageFault, pageFaults } from "./page-faults.ts";
import { judgeHead, securityHeaders } from "./request-guard.ts";

/** The texts of a query by name. A name that is given twice has none. */
export type QueryTexts = Readonly<Record<string, string | undefined>>;

/** The answers besides the live events. They throw AppErrors, or a PageFaultError. `signal` aborts when nobody waits any more. */
export interface ViewAnswers {
  network(name: string, query: QueryTexts, signal: AbortSignal): Promise<NetworkSpace>;
  pod(namespace: string, name: string, signal: AbortSignal): Promise<PodStory>;
  trace(query: QueryTexts, signal: AbortSignal): Promise<TraceAnswer>;
  activity(signal: AbortSignal): Promise<Activity>;
}

export interface ViewAppParts {
  readonly access: PageAccess;
  /** The names by which the page is known. They are known once the server listens. */
  readonly authorities: () => ReadonlySet<string>;
  readonly live: LiveStream;
  readonly answers: ViewAnswers;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly logger: Logger;
}

/** A browser asks for few things at once; what is more is refused, since an answer may start a program. */
const maxAnswers = 8;

/** Makes the application of the page: guard first, then the exchange of the token, then files, events and answers for whoever has the cookie. */
export function createViewApp(parts: ViewAppParts): Express {
  const { access, authorities, live, answers, files, logger } = parts;
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", "simple").enable("case sensitive routing");
  app.use((request, response, next) => {
    response.set(securityHeaders);
    const { host, origin, "sec-fetch-site": site } = request.headers;
    const fetchSite = typeof site === "string" ? site : undefined;
    const head = { method: request.method, host, origin, fetchSite, isApi: request.path.startsWith("/api/") };
    const fault = judgeHead(head, authorities());
    if (fault === undefined) next();
    else refuse(response, fault);
  });
  app.get("/", (request, response, next) => {
    const { token } = textsOf(request);
    if (token === undefined) {
      next();
      return;
    }
    const cookie = access.exchange(token);
    if (cookie !== undefined) response.setHeader("set-cookie", cookie);
    if (cookie !== undefined || access.admits(request.headers.cookie)) response.redirect(303, "/");
    else refuse(response, pageFault("NoSession"));
  });
  app.use((request, response, next) => {
    if (access.admits(request.headers.cookie)) next();
    else refuse(response, pageFault("NoSession"));
  });
  app.get("/api/events", (_request, response) => {
    if (live.isFull) refuse(response, pageFault("TooMany"));
    else live.open(response);
  });
  let open = 0;
  const answer = (make: (request: Request, signal: AbortSignal) => Promise<unknown>) => {
    return async (request: Request, response: Response): Promise<void> => {
      if (open >= maxAnswers) {
        refuse(response, pageFault("TooMany"));
        return;
      }
      open += 1;
      const gone = new AbortController();
      response.on("close", () => {
        gone.abort();
      });
      try {
        const text = printSafeJson(await make(request, gone.signal));
        response.type("application/json").send(text);
      } catch (caught) {
        const fault = faultOf(caught);
        if (fault.status >= 500) logger.debug({ err: fromUnknown(caught), path: request.path }, "view cannot answer");
        refuse(response, fault);
      } finally {
        open -= 1;
      }
    };
  };
  const part = (request: Request, name: string): string => String(request.params[name]);
  app.get(
    "/api/networks/:name",
    answer((request, signal) => answers.network(part(request, "name"), textsOf(request), signal)),
  );
  app.get(
    "/api/pods/:namespace/:name",
    answer((request, signal) => answers.pod(part(request, "namespace"), part(request, "name"), signal)),
  );
  app.get(
    "/api/trace",
    answer((request, signal) => answers.trace(textsOf(request), signal)),
  );
  app.get(
    "/api/activity",
    answer((_request, signal) => answers.activity(signal)),
  );
  app.use((request, response) => {
    const file = files.get(request.path);
    if (file === undefined) refuse(response, pageFault("NotFound"));
    else response.setHeader("content-type", file.type).end(file.bytes);
  });
  // Express knows an error handler by its four parameters. A URL that cannot be decoded comes here.
  app.use((_error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (response.headersSent) response.destroy();
    else refuse(response, pageFault("BadQuery"));
  });
  return app;
}

function refuse(response: Response, { status, code, message }: PageFault): void {
  if (response.headersSent || response.destroyed) return;
  if (status === pageFaults.WrongMethod.status) response.setHeader("allow", "GET");
  // A body that nobody reads must not stay in the connection.
  if (response.req.method !== "GET") response.setHeader("connection", "close");
  const body: ViewError = { code, message };
  response.status(status).type("application/json").send(printSafeJson(body));
}

function textsOf(request: Request): QueryTexts {
  const entries = Object.entries(request.query).map(([name, value]) => [
    name,
    typeof value === "string" ? value : undefined,
  ]);
  return Object.fromEntries(entries) as QueryTexts;
}
