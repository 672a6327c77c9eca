// The faults of a day are those of processes. The rows of the database have their own faults in `npm run soak -- chaos`, and nodes in
// `npm run soak -- hostile`.
import { systemClock } from "#src/core/clock.ts";
import { dropConnections } from "#lab/ovn/ovsdb-server.ts";
import { mustRun } from "#tools/process/command.ts";
import { ovnBinary } from "#tools/programs/ovn-binaries.ts";
import type { Leaders } from "#test/chaos/leaders.ts";
import type { AdmissionStack } from "#test/stacks/admission-stack.ts";

export interface DayFault {
  readonly name: string;
  run(world: { readonly stack: AdmissionStack; readonly controllers: Leaders }): Promise<void>;
}

const frozenMs = 5_000;
const awayMs = 3_000;

/** Faults of the second replica only: the first one lives all day, so that its memory can be judged. */
export const dayFaults: readonly DayFault[] = [
  {
    name: "webhook killed",
    async run({ stack: { replicas, balancer } }) {
      const [, replica] = replicas;
      if (replica === undefined) return;
      const port = replica.admissionPort;
      await replica.process.kill();
      balancer.remove(port);
      await replica.process.start();
      balancer.add(replica.admissionPort);
    },
  },
  {
    name: "webhook stopped",
    async run({ stack: { replicas, balancer } }) {
      const [, replica] = replicas;
      if (replica === undefined) return;
      balancer.remove(replica.admissionPort);
      await replica.process.restart();
      balancer.add(replica.admissionPort);
    },
  },
  {
    name: "leading controller killed",
    run: ({ controllers }) => controllers.killLeader(),
  },
  {
    name: "leading controller stopped",
    async run({ controllers }) {
      const leader = await controllers.leader();
      await leader.restart();
    },
  },
  {
    name: "leading controller frozen",
    async run({ controllers }) {
      const leader = await controllers.leader();
      leader.freeze();
      await systemClock.sleep(frozenMs);
      leader.thaw();
    },
  },
  {
    name: "database frozen",
    async run({ stack: { nbServer } }) {
      nbServer?.process.freeze();
      await systemClock.sleep(frozenMs);
      nbServer?.process.thaw();
    },
  },
  {
    name: "database killed",
    async run({ stack: { nbServer } }) {
      await nbServer?.process.kill();
      await systemClock.sleep(awayMs);
      await nbServer?.process.start();
    },
  },
  {
    name: "connections of the database dropped",
    async run({ stack: { nbServer } }) {
      if (nbServer !== undefined) await dropConnections(nbServer.controlSocket);
    },
  },
  {
    name: "database compacted",
    async run({ stack: { nbServer } }) {
      const target = ["-t", nbServer?.controlSocket ?? ""];
      await mustRun(ovnBinary("ovs-appctl"), [...target, "ovsdb-server/compact", "OVN_Northbound"]);
    },
  },
];
