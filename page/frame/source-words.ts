import { printTime } from "../text/times.ts";
import type { ViewSource } from "../live/live-connection.ts";

/** Says from where the page knows what it shows, and what it leaves out. */
export function sourceWords({ source, sees, version, at, omitted }: ViewSource): string {
  const from =
    source === "northbound"
      ? "Read from the Northbound database, which shows everything and knows no rights."
      : `Read from Kubernetes${sees === "everything" ? " and the Northbound database" : ""}.`;
  const rights = source !== "northbound" && sees === "what you may read" ? " You see what you may read." : "";
  const missing = omitted.map(({ kind, why }) => ` No ${kind} is shown, or not all: ${why}.`).join("");
  return `${from}${rights}${missing} ovn4nfv ${version}, connected at ${printTime(at)}.`;
}
