// The volumes of all members of NB go back to an earlier time, as docs/backup.md says, and without a warning.
import type { ClusterBackup } from "#lab/ovn/ovsdb-cluster.ts";
import { systemNamespace } from "#lab/kubernetes/identities.ts";
import type { HostileLab } from "../hostile-lab.ts";
import { type Fault, faultOf } from "../fault.ts";
import { seconds } from "../random.ts";
import { untilReady } from "./own-processes.ts";

const webhooks = ["deployment/ovn4nfv-webhook", `--namespace=${systemNamespace}`];
/** A create that was answered can take 34 seconds until it is stored. */
const quietMs = 40_000;

async function told(lab: HostileLab): Promise<string | undefined> {
  const restored = /database was restored/;
  return (
    (await lab.logSays("controller", restored)) ??
    (await lab.logSays("webhook", restored)) ??
    (await lab.eventSays("PortRestored"))
  );
}

async function restore({ northbound, stack }: HostileLab, backup: ClusterBackup): Promise<void> {
  await northbound.restore(backup);
  await northbound.leader();
  // It has seen newer data, and would refuse every member for ever.
  await stack.lab.central.northd.restart();
}

const byTheBook = faultOf({
  name: "the volumes of NB are restored by the documented procedure",
  choose: (_, random) => seconds(15, 40, random),
  run: async (lab, ageMs, signal) => {
    const backup = lab.northbound.backUp();
    await lab.wait(ageMs, signal);
    await lab.stack.kubectl("scale", ...webhooks, "--replicas=0");
    await lab.wait(quietMs, signal);
    // Only now is there something that people must be told of.
    await lab.begin();
    await restore(lab, backup);
    await lab.stack.kubectl("scale", ...webhooks, "--replicas=2");
    await lab.stack.rolledOut("deployment/ovn4nfv-webhook");
  },
  told,
});

const underWebhooks = faultOf({
  name: "the volumes of NB are restored under running webhooks",
  choose: (_, random) => seconds(5, 20, random),
  run: async (lab, ageMs, signal) => {
    const backup = lab.northbound.backUp();
    await lab.wait(ageMs, signal);
    await lab.begin();
    await restore(lab, backup);
    // They find it out within half a minute, and then wait for the creates that are in flight.
    await lab.wait(30_000 + quietMs, signal);
    await untilReady(lab, "webhook");
  },
  told,
});

export const restores: readonly Fault[] = [byTheBook, underWebhooks];
