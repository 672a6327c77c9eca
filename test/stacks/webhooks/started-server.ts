import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { type SelfSigned, selfSigned } from "#certs/self-signed.ts";
import { fixedCertificate } from "#certs/certificate-source.ts";
import { systemClock } from "#src/core/clock.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics, type Metrics } from "#src/core/metrics.ts";
import type { AdmissionHandler } from "#webhooks/admission/handler.ts";
import { type WebhookPorts, WebhookServer, type WebhookServerOptions } from "#webhooks/server/webhook-server.ts";

export interface StartedServer {
  readonly server: WebhookServer;
  readonly ports: WebhookPorts;
  readonly metrics: Metrics;
  /** The authority that a client must trust. */
  readonly ca: string;
  /** The value of one series; undefined when it was never counted. */
  readonly series: (name: string, labels: Readonly<Record<string, string>>) => Promise<number | undefined>;
}

export const path = "/mutate-pods";

let pair: Promise<SelfSigned> | undefined;

/** One pair of keys for all servers of a test file, because making keys is slow. */
export function sharedPair(): Promise<SelfSigned> {
  pair ??= selfSigned(["localhost", "127.0.0.1"], { validityMs: 3_600_000, clock: systemClock, randomBytes });
  return pair;
}

/** Serves `handler` at `path` on loopback over TLS until the test ends. */
export async function startServer(
  t: TestContext,
  handler: AdmissionHandler,
  overrides: Partial<WebhookServerOptions> = {},
): Promise<StartedServer> {
  const signed = await sharedPair();
  const metrics = createMetrics();
  const server = new WebhookServer({
    entries: [{ name: "pods", path, handler }],
    certificate: fixedCertificate(signed),
    admission: { host: "127.0.0.1", port: 0 },
    operations: { host: "127.0.0.1", port: 0 },
    drainMs: 0,
    clock: systemClock,
    logger: silentLogger,
    metrics,
    ...overrides,
  });
  const ports = await server.start();
  t.after(() => server.close({ signal: AbortSignal.abort() }));
  return {
    server,
    ports,
    metrics,
    ca: signed.ca,
    async series(name, labels) {
      const metric = await metrics.registry.getSingleMetric(name)?.get();
      const same = (has: Readonly<Record<string, unknown>>) =>
        Object.entries(labels).every(([key, value]) => has[key] === value);
      return metric?.values.find((value) => same(value.labels))?.value;
    },
  };
}

/** Waits until `look` returns something, at most thirty seconds. */
export async function eventually<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const endMs = systemClock.monotonicMs() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (systemClock.monotonicMs() > endMs) throw new Error("not seen within thirty seconds");
    await systemClock.sleep(5);
  }
}
