// A webhook that allows everything and uses nothing but Node: `bare-webhook.ts CERT-FILE KEY-FILE`. It imports nothing
// of ours. With a third argument, `patch`, each pod gets the same patch. With `reserve NB-SOCKET SWITCH-UUID...` the
// pod gets it when ports that nobody chose are committed on the switches. A dry run is allowed with a warning, which
// shows that the API server called.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { BareReservations } from "./bare-reservations.ts";
import { cannedPatch } from "./canned-patch.ts";

const [certFile = "", keyFile = "", what, nb = "", ...switches] = process.argv.slice(2);

interface Review {
  readonly request: { readonly uid: string; readonly dryRun?: boolean };
}

const reservations = what === "reserve" ? new BareReservations(nb, switches) : undefined;

async function answer(body: string): Promise<string> {
  const { uid, dryRun } = (JSON.parse(body) as Review).request;
  const warnings = dryRun === true ? { warnings: ["asked the no-op webhook"] } : {};
  const signature = reservations === undefined ? {} : { auditAnnotations: { token: await reservations.reserve() } };
  const patched = what === undefined ? {} : cannedPatch;
  const response = { uid, allowed: true, ...warnings, ...patched, ...signature };
  return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
}

const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    void answer(Buffer.concat(chunks).toString()).then((text) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
      response.end(text);
    });
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ admission: port, msg: "webhook serving" })}\n`);
});
