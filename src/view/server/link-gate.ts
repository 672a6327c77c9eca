import type { IncomingMessage } from "node:http";
import type { Express } from "express";
import type { PageAccess } from "./page-access.ts";
import { PageFaultError } from "./page-faults.ts";
import type { PageGate, PageViewer } from "./page-viewer.ts";

/** Lets in the browser that comes with the token of the printed link. Whoever started the program is the only viewer. */
export class LinkGate implements PageGate {
  readonly scheme = "http";
  readonly posts: ReadonlySet<string> = new Set();
  readonly #access: PageAccess;
  readonly #viewer: PageViewer;

  constructor(access: PageAccess, viewer: PageViewer) {
    this.#access = access;
    this.#viewer = viewer;
  }

  addEntrance(app: Express): void {
    app.get("/", (request, response, next) => {
      const { token } = request.query;
      if (token === undefined) {
        next();
        return;
      }
      const cookie = typeof token === "string" ? this.#access.exchange(token) : undefined;
      if (cookie !== undefined) response.setHeader("set-cookie", cookie);
      if (cookie === undefined && !this.#access.admits(request.headers.cookie)) throw new PageFaultError("NoSession");
      response.redirect(303, "/");
    });
  }

  viewerOf({ headers }: IncomingMessage): Promise<PageViewer> {
    return Promise.try(() => {
      if (!this.#access.admits(headers.cookie)) throw new PageFaultError("NoSession");
      return this.#viewer;
    });
  }
}
