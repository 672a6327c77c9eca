// The webhook's own TLS server with an entry that allows everything and does nothing: `noop-webhook.ts CERT-FILE KEY-FILE`.
import { allowed } from "#webhooks/admission/response.ts";
import { serveYardstick } from "./yardstick-server.ts";

await serveYardstick(() => () => Promise.resolve(allowed()));
