import { type PageFault, pageFault } from "./page-faults.ts";

/** The head of a request, as far as it says who asks. */
export interface RequestHead {
  readonly method: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** The header `sec-fetch-site`, which old browsers do not send. */
  readonly fetchSite: string | undefined;
  /** True for what a script asks for, and not a person by a link. */
  readonly isApi: boolean;
  /** True for the path of a form, which is sent by POST. */
  readonly takesPost: boolean;
}

/**
 * Refuses what is no GET of the page itself, and no POST of a form of its own. `authorities` are the names and ports by which the page is known: another Host means
 * that a name of somebody else leads to this machine (DNS rebinding), and another Origin that a script of somebody else asks.
 */
export function judgeHead(
  head: RequestHead,
  authorities: ReadonlySet<string>,
  scheme: "http" | "https",
): PageFault | undefined {
  const { method, host, origin, fetchSite, isApi, takesPost } = head;
  if (host === undefined || !authorities.has(host.toLowerCase())) return pageFault("WrongHost");
  const own = `${scheme}://${host.toLowerCase()}`;
  if (origin !== undefined && origin.toLowerCase() !== own) return pageFault("WrongOrigin");
  const isPost = method === "POST" && takesPost;
  // Each browser says where a form comes from.
  if (isPost && origin === undefined) return pageFault("WrongOrigin");
  if ((isApi || isPost) && fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none") {
    return pageFault("WrongOrigin");
  }
  return method === "GET" || isPost ? undefined : pageFault("WrongMethod");
}

/** The names of a server that listens on this port of the loopback address. */
export function loopbackAuthorities(port: number): ReadonlySet<string> {
  return new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
}

/**
 * The headers of each answer. Scripts, styles and connections come from here alone, and nobody frames the page. The browser keeps nothing that
 * it shows.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cache-control": "no-store",
};
