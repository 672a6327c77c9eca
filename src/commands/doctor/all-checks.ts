import {
  judgeAgents,
  judgeClock,
  judgeController,
  judgeMultus,
  judgePage,
  judgeReplicas,
  judgeServices,
  judgeVersion,
} from "./cluster-checks.ts";
import type { Facts } from "./facts.ts";
import type { DoctorFinding } from "./finding.ts";
import { judgeChassis, judgeClaims, judgeNorthbound, judgeNorthd, judgeSouthbound } from "./ovn-checks.ts";
import { judgeBackup, judgeKubeOvn } from "./keeping-checks.ts";
import { judgeFloatingIps } from "./outside/floating-checks.ts";
import { judgeProviderNetworks, judgeUplinks } from "./outside/outside-checks.ts";
import {
  judgeAddresses,
  judgeBalancing,
  judgeChains,
  judgeReach,
  judgeTaps,
  judgeDeletingNetworks,
  judgeIpamClaims,
  judgePolicies,
  judgeRefusedWorkloads,
  judgeWaitingPods,
} from "./stuck/user-checks.ts";
import {
  judgeAgentVersion,
  judgeCertManager,
  judgeCniVersion,
  judgeMultusVersion,
  judgeOpenVSwitch,
  judgeOvnController,
} from "./version-checks.ts";
import { judgeWires } from "./wire-checks.ts";
import { judgeCertificate, judgeClients, judgeInstalls, judgeTrial } from "./webhook-checks.ts";

/** Every check, in the order of the report. A check comes before those that depend on it. */
const checks: readonly ((facts: Facts) => readonly DoctorFinding[])[] = [
  judgeVersion,
  judgeClock,
  judgeInstalls,
  judgeCertificate,
  judgeTrial,
  judgeClients,
  judgeController,
  judgeReplicas,
  judgeNorthbound,
  judgeNorthd,
  judgeKubeOvn,
  judgeBackup,
  judgeSouthbound,
  judgeChassis,
  judgeClaims,
  judgeWires,
  judgeProviderNetworks,
  judgeUplinks,
  judgeFloatingIps,
  judgeAgents,
  judgeAgentVersion,
  judgeOpenVSwitch,
  judgeOvnController,
  judgeServices,
  judgeMultus,
  judgeMultusVersion,
  judgeCniVersion,
  judgeCertManager,
  judgePage,
  judgeWaitingPods,
  judgeDeletingNetworks,
  judgeChains,
  judgeTaps,
  judgePolicies,
  judgeReach,
  judgeBalancing,
  judgeIpamClaims,
  judgeAddresses,
  judgeRefusedWorkloads,
];

/** The findings of all checks. When nothing of the cluster could be read, only the first line says why. */
export function judgeAll(facts: Facts): readonly DoctorFinding[] {
  const shown = "why" in facts.apiServer ? { ...facts, ...unreadCluster(facts) } : facts;
  return checks.flatMap((check) => check(shown));
}

function unreadCluster(facts: Facts): Partial<Facts> {
  const unread = Object.entries(facts).filter(
    ([name, fact]: readonly [string, unknown]) =>
      !ofOvn.has(name) && name !== "apiServer" && typeof fact === "object" && fact !== null && "why" in fact,
  );
  return Object.fromEntries(unread.map(([name]) => [name, { why: "see the line kubernetes", cure: "" }]));
}

/** Facts that do not come from the API server. */
const ofOvn: ReadonlySet<string> = new Set([
  "northbound",
  "northd",
  "southbound",
  "chassis",
  "neighbours",
] satisfies (keyof Facts)[]);
