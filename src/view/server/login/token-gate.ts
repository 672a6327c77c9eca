// The gate of a page that several see: who has a token of the cluster logs in, and sees what he may list there.
import type { IncomingMessage } from "node:http";
import express, { type Express, type Request, type Response } from "express";
import type { Clock } from "#src/core/clock.ts";
import { fromUnknown } from "#src/core/errors.ts";
import type { Logger } from "#src/core/logger.ts";
import type { Metrics } from "#src/core/metrics.ts";
import type { RandomBytes } from "../page-access.ts";
import { PageFaultError } from "../page-faults.ts";
import type { PageGate, PageViewer } from "../page-viewer.ts";
import type { Account, Accounts } from "./account.ts";
import { LoginLimit } from "./login-limit.ts";
import { loginHeaders, loginPage, loginStyle } from "./login-page.ts";
import { LoginSessions } from "./login-sessions.ts";

export interface TokenGateParts {
  readonly accounts: Accounts;
  /** The audience that a token must have. */
  readonly audience: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "count">;
  readonly randomBytes: RandomBytes;
}

/** The outcomes of logins, as the metric names them. */
const outcomes = ["done", "malformed", "refused", "limited", "undecided", "given up", "full"] as const;

/** No token is longer, and a header would not take it. */
const longestToken = 16_384;
/** Logins that are heard at once. */
const mostLogins = 8;
/** A browser sends a cookie of this prefix by TLS alone, and takes it from no other name. */
const cookieName = "__Host-ovn4nfv-view";
const cookieWords = "Path=/; Secure; HttpOnly; SameSite=Strict";
const ended = "the session has ended; log in again at /login";

/** Exchanges tokens for sessions. The token comes in the body of a form, and is neither in a URL nor in a log. */
export class TokenGate implements PageGate {
  readonly scheme = "https";
  readonly posts: ReadonlySet<string> = new Set(["/login", "/logout"]);
  readonly loginPath = "/login";
  readonly sessions: LoginSessions;
  readonly #parts: TokenGateParts;
  readonly #limit: LoginLimit;
  #heard = 0;

  constructor(parts: TokenGateParts) {
    this.#parts = parts;
    this.sessions = new LoginSessions(parts.clock, parts.randomBytes);
    this.#limit = new LoginLimit(parts.clock);
    for (const outcome of outcomes) parts.metrics.count("ovn4nfv_view_logins_total", { outcome }, 0);
  }

  addEntrance(app: Express): void {
    app.get("/login.css", (_request, response) => {
      response.type("text/css").send(loginStyle);
    });
    app.get("/login", (request, response) => {
      this.#show(response, 200, undefined, this.#accountOf(request));
    });
    const form = express.urlencoded({ extended: false, limit: 2 * longestToken, parameterLimit: 4 });
    app.post("/login", form, async (request, response) => {
      await this.#login(request, response);
    });
    app.post("/logout", (request, response) => {
      const id = sessionId(request);
      const account = this.#accountOf(request);
      if (account !== undefined) this.#parts.logger.info({ user: account.name }, "view session ended by its user");
      if (id !== undefined) this.sessions.end(id);
      response.setHeader("set-cookie", `${cookieName}=; Max-Age=0; ${cookieWords}`);
      response.redirect(303, this.loginPath);
    });
  }

  async viewerOf(request: IncomingMessage, signal: AbortSignal): Promise<PageViewer> {
    const id = sessionId(request);
    const account = this.#accountOf(request);
    if (id === undefined || account === undefined) throw new PageFaultError("NoSession", ended);
    if (await account.isGood(signal)) return account;
    this.#parts.logger.info({ user: account.name }, "view session ended, its token is no longer good");
    this.sessions.end(id);
    throw new PageFaultError("NoSession", ended);
  }

  async #login(request: Request, response: Response): Promise<void> {
    const { accounts, audience, logger } = this.#parts;
    const address = request.socket.remoteAddress ?? "";
    const token = tokenOf(request.body);
    if (token === undefined) {
      this.#count("malformed");
      this.#show(response, 400, "A token is needed, and nothing else.");
      return;
    }
    if (this.#limit.isReached(address) || this.#heard >= mostLogins) {
      this.#count("limited");
      this.#show(response, 429, "Too many logins fail. Try again in a minute.");
      return;
    }
    this.#heard += 1;
    let account: Account | undefined;
    try {
      // It is heard to its end, so that nobody who goes away early is heard more often than the others.
      account = await accounts.open(token);
    } catch (caught) {
      this.#limit.failed(address);
      this.#count("undecided");
      logger.warn(
        { address, code: fromUnknown(caught).code },
        "view login not decided, the api server does not answer",
      );
      this.#show(response, 503, "The API server does not say whether the token is good. Try again.");
      return;
    } finally {
      this.#heard -= 1;
    }
    if (account === undefined || response.destroyed) {
      account?.close();
      this.#limit.failed(address);
      this.#count(account === undefined ? "refused" : "given up");
      logger.warn({ address }, account === undefined ? "view login refused" : "view login given up by its browser");
      this.#show(response, 401, `The cluster does not know this token, or it is not for the audience ${audience}.`);
      return;
    }
    const old = sessionId(request);
    if (old !== undefined) this.sessions.end(old);
    const id = this.sessions.begin(account);
    if (id === undefined) {
      account.close();
      this.#count("full");
      this.#show(response, 503, "Too many are logged in. Try again later.");
      return;
    }
    this.#count("done");
    logger.info({ address, user: account.name }, "view login");
    response.setHeader("set-cookie", `${cookieName}=${id}; ${cookieWords}`);
    response.redirect(303, "/");
  }

  #count(outcome: (typeof outcomes)[number]): void {
    this.#parts.metrics.count("ovn4nfv_view_logins_total", { outcome });
  }

  #accountOf(request: IncomingMessage): Account | undefined {
    const id = sessionId(request);
    return id === undefined ? undefined : this.sessions.use(id);
  }

  #show(response: Response, status: number, fault: string | undefined, account?: Account): void {
    if (response.destroyed) return;
    const { audience } = this.#parts;
    response
      .status(status)
      .set(loginHeaders)
      .send(loginPage({ audience, fault, user: account?.name }));
  }
}

function sessionId({ headers }: IncomingMessage): string | undefined {
  const pairs = (headers.cookie ?? "").split(";").map((pair) => pair.trim().split("="));
  return pairs.find(([name]) => name === cookieName)?.[1];
}

function tokenOf(body: unknown): string | undefined {
  const token = (body as { readonly token?: unknown } | undefined)?.token;
  if (typeof token !== "string") return undefined;
  const trimmed = token.trim();
  return trimmed === "" || trimmed.length > longestToken ? undefined : trimmed;
}
