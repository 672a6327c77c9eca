import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { ViewError } from "../contract/view-event.ts";
import { printSafeJson } from "../live/safe-json.ts";
import type { PageFile } from "./page-files.ts";
import { faultOf, type PageFault, PageFaultError, pageFault, pageFaults } from "./page-faults.ts";
import type { PageGate, PageViewer, QueryTexts, ViewAnswers } from "./page-viewer.ts";
import { judgeHead, securityHeaders } from "./request-guard.ts";

export interface ViewAppParts {
  readonly gate: PageGate;
  /** The names by which the page is known. They are known once the server listens. */
  readonly authorities: () => ReadonlySet<string>;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly logger: Logger;
}

/** A browser asks for few things at once; what is more is refused, since an answer may start a program. */
const maxAnswers = 8;

/** The most answers for all viewers together. */
const maxAnswersOfAll = 32;

/** Makes the application of the page: guard first, then the entrance, then files, events and answers for whoever the gate knows. */
export function createViewApp({ gate, authorities, files, logger }: ViewAppParts): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", "simple").enable("case sensitive routing");
  app.use((request, response, next) => {
    response.set(securityHeaders);
    const { host, origin, "sec-fetch-site": site } = request.headers;
    const { method, path } = request;
    const fetchSite = typeof site === "string" ? site : undefined;
    const head = { method, host, origin, fetchSite, isApi: path.startsWith("/api/"), takesPost: gate.posts.has(path) };
    const fault = judgeHead(head, authorities(), gate.scheme);
    if (fault === undefined) next();
    else refuse(response, fault);
  });
  gate.addEntrance(app);
  const viewers = new WeakMap<Request, PageViewer>();
  app.use(async (request, response, next) => {
    try {
      viewers.set(request, await gate.viewerOf(request, goneOf(response)));
    } catch (caught) {
      const fault = faultOf(caught);
      const isUnknown = fault.status === pageFaults.NoSession.status;
      if (isUnknown && request.path === "/" && gate.loginPath !== undefined) response.redirect(303, gate.loginPath);
      else refuse(response, fault);
      return;
    }
    next();
  });
  const viewerOf = (request: Request): PageViewer => {
    const viewer = viewers.get(request);
    if (viewer === undefined) throw new PageFaultError("NoSession");
    return viewer;
  };
  app.get("/api/events", async (request, response) => {
    const { live } = viewerOf(request);
    if (live.isFull) refuse(response, pageFault("TooMany"));
    else await live.open(response, goneOf(response));
  });
  addAnswers(app, viewerOf, logger);
  app.use((request, response) => {
    const file = files.get(request.path);
    if (file === undefined) refuse(response, pageFault("NotFound"));
    else sendFile(request, response, file);
  });
  // Express knows an error handler by its four parameters. A URL that cannot be decoded comes here, and a form that is too long.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    if (response.headersSent) response.destroy();
    else refuse(response, isOurs(error) ? faultOf(error) : pageFault("BadQuery"));
  });
  return app;
}

function addAnswers(app: Express, viewerOf: (request: Request) => PageViewer, logger: Logger): void {
  const open = new WeakMap<PageViewer, number>();
  let openOfAll = 0;
  type Make = (answers: ViewAnswers, request: Request, signal: AbortSignal) => Promise<unknown>;
  const answer = (make: Make) => {
    return async (request: Request, response: Response): Promise<void> => {
      const viewer = viewerOf(request);
      const own = open.get(viewer) ?? 0;
      if (own >= maxAnswers || openOfAll >= maxAnswersOfAll) {
        refuse(response, pageFault("TooMany"));
        return;
      }
      open.set(viewer, own + 1);
      openOfAll += 1;
      try {
        const text = printSafeJson(await make(viewer.answers, request, goneOf(response)));
        response.type("application/json").send(text);
      } catch (caught) {
        const fault = faultOf(caught);
        if (fault.status >= 500) logger.debug({ err: fromUnknown(caught), path: request.path }, "view cannot answer");
        refuse(response, fault);
      } finally {
        open.set(viewer, (open.get(viewer) ?? 1) - 1);
        openOfAll -= 1;
      }
    };
  };
  const part = (request: Request, name: string): string => String(request.params[name]);
  app.get(
    "/api/networks/:name",
    answer((answers, request, signal) => answers.network(part(request, "name"), textsOf(request), signal)),
  );
  app.get(
    "/api/pods/:namespace/:name",
    answer((answers, request, signal) => answers.pod(part(request, "namespace"), part(request, "name"), signal)),
  );
  app.get(
    "/api/trace",
    answer((answers, request, signal) => answers.trace(textsOf(request), signal)),
  );
  app.get(
    "/api/activity",
    answer((answers, _request, signal) => answers.activity(signal)),
  );
}

/** Only files are compressed, which are the same for all: the length of a compressed answer would tell of what is secret in it. */
function sendFile(request: Request, response: Response, { type, bytes, compressed }: PageFile): void {
  const isSmall = request.acceptsEncodings("gzip") === "gzip";
  response.set({ "content-type": type, vary: "accept-encoding" });
  if (isSmall) response.setHeader("content-encoding", "gzip");
  response.end(isSmall ? compressed : bytes);
}

/** A signal that aborts when nobody waits for the answer any more. */
function goneOf(response: Response): AbortSignal {
  const gone = new AbortController();
  response.on("close", () => {
    gone.abort();
  });
  return gone.signal;
}

function refuse(response: Response, { status, code, message }: PageFault): void {
  if (response.headersSent || response.destroyed) return;
  if (status === pageFaults.WrongMethod.status) response.setHeader("allow", "GET");
  // A body that nobody reads must not stay in the connection.
  if (response.req.method !== "GET") response.setHeader("connection", "close");
  const body: ViewError = { code, message };
  response.status(status).type("application/json").send(printSafeJson(body));
}

/** True for an error of the page, and not of Express. */
function isOurs(error: unknown): boolean {
  return error instanceof PageFaultError || error instanceof AppError;
}

function textsOf(request: Request): QueryTexts {
  const entries = Object.entries(request.query).map(([name, value]) => [
    name,
    typeof value === "string" ? value : undefined,
  ]);
  return Object.fromEntries(entries) as QueryTexts;
}
