import type { Agent, RequestOptions } from "node:https";
import type { Clock } from "#src/core/clock.ts";
import { AppError } from "#src/core/errors.ts";

/**
 * Where the API server is, and who we are. It is the part of client-node's KubeConfig that we use, which handles client
 * certificates, tokens, token files and exec plugins.
 */
export interface KubeConfigAccess {
  getCurrentCluster(): { readonly server: string; readonly proxyUrl?: string | undefined } | null;
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

/** The credentials of a connection. Connections with equal `tlsKey` may use the same agent. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Pick<
    RequestOptions,
    "ca" | "cert" | "key" | "pfx" | "passphrase" | "servername" | "rejectUnauthorized"
  >;
  readonly tlsKey: string;
  /** client-node's agent for the proxy, when the kubeconfig names one. */
  readonly proxyAgent: Agent | undefined;
}

const tlsFields = ["ca", "cert", "key", "pfx", "passphrase", "servername", "rejectUnauthorized"] as const;
const rereadAfterMs = 10_000;

/** Reads credentials by client-node, at most every 10 seconds, or at once after the server has refused them. */
export class CredentialSource {
  readonly server: URL;
  readonly #config: KubeConfigAccess;
  readonly #clock: Clock;
  #current: { readonly credentials: Promise<Credentials>; readonly readAtMs: number } | undefined;

  /** Throws `ConfigInvalid` when the kubeconfig has no usable current cluster. */
  constructor(config: KubeConfigAccess, clock: Clock) {
    const server = config.getCurrentCluster()?.server;
    if (server === undefined || !URL.canParse(server)) {
      throw new AppError("ConfigInvalid", `the kubeconfig's current context names no cluster with a server URL`, {
        details: { server },
      });
    }
    this.server = new URL(server);
    this.#config = config;
    this.#clock = clock;
  }

  async get(): Promise<Credentials> {
    const now = this.#clock.monotonicMs();
    if (this.#current === undefined || now - this.#current.readAtMs >= rereadAfterMs) {
      this.#current = { credentials: this.#read(), readAtMs: now };
    }
    const reading = this.#current;
    try {
      return await reading.credentials;
    } catch (cause) {
      if (this.#current === reading) this.#current = undefined;
      throw new AppError("KubeApiError", `the credentials of the kubeconfig cannot be read: ${String(cause)}`, {
        details: { status: undefined, reason: "Credentials", message: String(cause), retryAfterSeconds: undefined },
        cause,
      });
    }
  }

  /** Call it after a 401: the next call then reads the credentials again. */
  invalidate(): void {
    this.#current = undefined;
  }

  async #read(): Promise<Credentials> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const headers = Object.fromEntries(
      Object.entries((options.headers ?? {}) as Record<string, unknown>).map(([name, value]) => [name, String(value)]),
    );
    if (typeof options.auth === "string") headers["Authorization"] = `Basic ${btoa(options.auth)}`;
    const tls = Object.fromEntries(
      tlsFields.filter((field) => options[field] !== undefined).map((field) => [field, options[field]]),
    );
    const proxied = this.#config.getCurrentCluster()?.proxyUrl !== undefined;
    return { headers, tls, tlsKey: JSON.stringify(tls), proxyAgent: proxied ? (options.agent as Agent) : undefined };
  }
}
