import {
  judgeAgents,
  judgeClock,
  judgeController,
  judgeMultus,
  judgeReplicas,
  judgeServices,
  judgeVersion,
} from "./cluster-checks.ts";
import type { Facts } from "./facts.ts";
import type { DoctorFinding } from "./finding.ts";
import { judgeChassis, judgeNorthbound, judgeNorthd, judgeSouthbound } from "./ovn-checks.ts";
import { judgeCertificate, judgeInstalls, judgeTrial } from "./webhook-checks.ts";

/** Every check, in the order of the report. A check comes before those that depend on it. */
const checks: readonly ((facts: Facts) => readonly DoctorFinding[])[] = [
  judgeVersion,
  judgeClock,
  judgeInstalls,
  judgeCertificate,
  judgeTrial,
  judgeController,
  judgeReplicas,
  judgeNorthbound,
  judgeNorthd,
  judgeSouthbound,
  judgeChassis,
  judgeAgents,
  judgeServices,
  judgeMultus,
];

/** The findings of all checks. */
export function judgeAll(facts: Facts): readonly DoctorFinding[] {
  return checks.flatMap((check) => check(facts));
}
