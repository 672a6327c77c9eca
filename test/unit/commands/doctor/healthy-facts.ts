import { randomBytes } from "node:crypto";
import { selfSigned } from "#certs/self-signed.ts";
import type { Facts, WebhookEntry } from "#src/commands/doctor/facts.ts";
import { judge } from "#src/commands/doctor/judge.ts";
import { systemClock } from "#src/core/clock.ts";

const hourMs = 3_600_000;
export const serviceName = "ovn4nfv-webhook.ovn4nfv-system.svc";

/** A serving certificate by an authority of its own, beginning five minutes before `atMs`. */
export function issue(name = serviceName, atMs = Date.now(), validityMs = 24 * hourMs) {
  const clock = { ...systemClock, now: () => atMs };
  return selfSigned([name], { clock, validityMs, randomBytes });
}

/** What is read from an installation where everything works. */
export async function healthyFacts(nowMs = Date.now()): Promise<Facts> {
  const { cert, ca } = await issue();
  const entry = (configuration: string, name: string): WebhookEntry => ({
    configuration,
    name: `${name}.ovn4nfv.opnfv.org`,
    target: "ovn4nfv-system/ovn4nfv-webhook",
    caBundle: ca,
  });
  return {
    nowMs,
    apiServer: { value: { version: "1.34.4", nowMs } },
    entries: { value: [entry("zz-ovn4nfv", "allocate.pods"), entry("ovn4nfv", "networks")] },
    installs: { value: ["ovn4nfv-system"] },
    serving: { value: { chain: cert, name: serviceName } },
    readyWebhooks: { value: 2 },
    trial: { value: { kind: "judged" } },
    leader: { value: { holder: "controller-1", renewedMs: nowMs - 1_000 } },
    nodes: { value: ["n1", "n2"].map((name) => ({ name, chassis: name })) },
    agents: { value: ["n1", "n2"].map((node) => ({ node, ready: true, namesRanges: false })) },
    definition: { value: "ours" },
    northbound: [{ endpoint: "tcp:192.0.2.1:6641", state: "open" }],
    northd: { value: "23.03.1-20.27.0-70.6" },
    southbound: [{ endpoint: "tcp:192.0.2.1:6642", state: "open" }],
    chassis: { value: ["n1", "n2"].map((name) => ({ name, hostname: name, answers: true })) },
  };
}

/** The findings that are not `ok`, as one text each. */
export function complaints(facts: Facts): readonly string[] {
  return judge(facts).flatMap(({ check, health, says, cure }) =>
    health === "ok" ? [] : [`${check} ${health}: ${says} -> ${cure}`],
  );
}
