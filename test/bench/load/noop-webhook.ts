// The webhook's own TLS server with an entry that allows everything and does nothing: `noop-webhook.ts CERT-FILE KEY-FILE`.
import { readFileSync } from "node:fs";
import { systemClock } from "#src/core/clock.ts";
import { createLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { fixedCertificate } from "#certs/certificate-source.ts";
import { allowed } from "#webhooks/admission/response.ts";
import { WebhookServer } from "#webhooks/server/webhook-server.ts";

const [certFile = "", keyFile = ""] = process.argv.slice(2);

const server = new WebhookServer({
  entries: [{ name: "noop", path: "/mutate/pods", handler: () => Promise.resolve(allowed()) }],
  certificate: fixedCertificate({ cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") }),
  admission: { host: "127.0.0.1", port: 0 },
  operations: { host: "127.0.0.1", port: 0 },
  drainMs: 0,
  clock: systemClock,
  logger: createLogger("info"),
  metrics: createMetrics(),
});
await server.start();
process.once("SIGTERM", () => void server.close());
