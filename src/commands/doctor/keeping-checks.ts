// The checks of what keeps the rows of the Northbound database.
import type { Facts } from "./facts.ts";
import { type DoctorFinding, failed, ok, warning } from "./finding.ts";

const hourMs = 3_600_000;
/** A backup is made each night. Alerts wait for the same time. */
const overdueMs = 36 * hourMs;

/** Has no finding for a database of others without a backup of ours, of which its owner makes backups. */
export function judgeBackup({ backup, ownsDatabases, apiServer, nowMs }: Facts): readonly DoctorFinding[] {
  const check = "backup";
  if ("why" in backup) return [];
  if (backup.value === undefined) {
    if ("why" in ownsDatabases || !ownsDatabases.value) return [];
    const says = "nobody makes backups of the Northbound database of our own OVN";
    return [warning(check, says, "add deploy/components/backup, or --set backup.enabled=true: docs/backup.md")];
  }
  const { isSuspended, madeMs, succeededMs } = backup.value;
  const see = "kubectl -n ovn4nfv-system get jobs; kubectl -n ovn4nfv-system logs job/NAME says why";
  if (isSuspended) {
    return [
      warning(
        check,
        "the CronJob ovn4nfv-backup is suspended",
        "set spec.suspend to false when that has a reason no more",
      ),
    ];
  }
  const now = "value" in apiServer ? apiServer.value.nowMs : nowMs;
  const ageMs = now - (succeededMs ?? madeMs);
  const hours = Math.floor(ageMs / hourMs);
  if (ageMs > overdueMs) {
    const says =
      succeededMs === undefined ? `no backup was made in ${hours} hours` : `the last backup is ${hours} hours old`;
    return [failed(check, says, see)];
  }
  return [
    ok(check, succeededMs === undefined ? "the first backup is still to come" : `the last one is ${hours} hours old`),
  ];
}

/** Has no finding without Kube-OVN. Whether it shares our database is not known. */
export function judgeKubeOvn({ kubeOvn }: Facts): readonly DoctorFinding[] {
  const check = "kube-ovn";
  if ("why" in kubeOvn || kubeOvn.value === undefined) return [];
  const { collects, sparesSwitches, sparesLoadBalancers } = kubeOvn.value;
  if (!collects || (sparesSwitches && sparesLoadBalancers)) return [ok(check, "its controller leaves our rows alone")];
  const lost = sparesSwitches ? "the load balancers of our Services" : "our switches, routers and ports";
  const cure =
    "in its values set ENABLE_EXTERNAL_VPC to true and ENABLE_LB to false, or GC_INTERVAL to 0, when both use one Northbound database";
  return [failed(check, `the controller of Kube-OVN deletes ${lost} from a Northbound database that both use`, cure)];
}
