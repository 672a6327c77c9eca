// The webhook's own TLS server with an entry that does what no allocation can leave out, and nothing else: it commits ports that nobody
// chose, signs, keeps what NB shows of them, and writes the audit line. Called as `floor-webhook.ts CERT-FILE KEY-FILE NB-SOCKET
// SWITCH-UUID...`.
import { patched } from "#webhooks/admission/response.ts";
import { BareReservations } from "../baseline/bare-reservations.ts";
import { BareWatch } from "../baseline/bare-watch.ts";
import { cannedOperations, cannedResult } from "../baseline/canned-patch.ts";
import { serveYardstick } from "./yardstick-server.ts";

const [nb = "", ...switches] = process.argv.slice(4);
const watch = new BareWatch(nb);
const reservations = new BareReservations(nb, switches);
let reviews = 0;

await serveYardstick((logger) => async ({ namespace, userInfo }) => {
  const token = await reservations.reserve();
  reviews += 1;
  if (reviews > 1_000 && watch.updates === 0) throw new Error("NB shows no port that is made");
  const onHandedOver = (): void => {
    const fields = { namespace, user: userInfo.username, ports: cannedResult, held: watch.holders.size };
    logger.info(fields, "allocated");
  };
  return patched(cannedOperations, { auditAnnotations: { token }, onHandedOver });
});
