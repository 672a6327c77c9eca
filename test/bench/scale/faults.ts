// A webhook, the leading controller and the leader of NB are killed while pods are created, and come back.
import type { LoadResult } from "./pod-load.ts";
import { create, type LifeParts } from "./pod-life.ts";
import type { OurCluster } from "./our-cluster.ts";
import { namespaces } from "./scale-objects.ts";
import { churned } from "./scale-size.ts";

/** Creates pods meanwhile; some may be refused. */
export async function createDuringFaults(cluster: OurCluster, parts: LifeParts): Promise<LoadResult> {
  const { stack, nb } = cluster;
  const killWebhook = async (): Promise<void> => {
    const [replica] = stack.replicas;
    if (replica === undefined) return;
    stack.balancer.remove(replica.admissionPort);
    await replica.process.kill();
    await replica.process.start();
    stack.balancer.add(replica.admissionPort);
  };
  const killController = async (): Promise<void> => {
    const [leading, ...others] = cluster.controllers;
    await leading?.kill();
    cluster.controllers = [...others, await cluster.startController("serving")];
  };
  const killLeader = async (): Promise<void> => {
    const { process } = await nb.leader();
    await process.kill();
    await nb.leader();
    await process.start();
  };
  const count = churned(parts.size);
  return create(parts, namespaces.warm, "faults", count, {
    tolerant: true,
    perOrder: Math.ceil(count / 10),
    beside: { 1: killWebhook, 4: killController, 7: killLeader },
  });
}
