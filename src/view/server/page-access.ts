// The HTTP server of the page: who may ask, and what is answered. It knows neither Kubernetes nor OVN.
import { createHash, timingSafeEqual } from "node:crypto";

/** Gives so many random bytes, as node:crypto does. */
export type RandomBytes = (size: number) => Buffer;

/**
 * Says who may see the page: the browser that came with the token of the printed link. The token is good once, and is exchanged
 * for a cookie that no script reads and no other site sends. Cookies know no ports, so that its name tells two servers apart.
 */
export class PageAccess {
  readonly #cookieName: string;
  readonly #session: string;
  #token: string | undefined;

  constructor(randomBytes: RandomBytes) {
    this.#cookieName = `ovn4nfv-view-${randomBytes(6).toString("hex")}`;
    this.#session = randomBytes(32).toString("base64url");
    this.#token = randomBytes(32).toString("base64url");
  }

  /** The token, for the link; undefined once it was used. */
  get token(): string | undefined {
    return this.#token;
  }

  /** Takes a token, and gives the `set-cookie` header of the answer; undefined for a wrong or used one. */
  exchange(given: string): string | undefined {
    if (this.#token === undefined || !isEqual(given, this.#token)) return undefined;
    this.#token = undefined;
    return `${this.#cookieName}=${this.#session}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** True for a `cookie` header with the cookie. */
  admits(cookieHeader: string | undefined): boolean {
    const pairs = (cookieHeader ?? "").split(";").map((pair) => pair.trim().split("="));
    return pairs.some(([name, value = ""]) => name === this.#cookieName && isEqual(value, this.#session));
  }
}

/** Takes the same time for each pair of texts. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
