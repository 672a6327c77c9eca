import { isOurs, serviceProxy, uplinkClass } from "#src/api/service/service-config.ts";
import { projectService, type ServiceObject } from "#src/controllers/services/service-object.ts";
import type { KubeObject } from "#src/kube/client/kube-object.ts";
import type { OddService } from "./stuck-facts.ts";

/** Gives the Services that ask us for something that they do not have. One can have several faults. */
export function oddServices(objects: readonly KubeObject[]): readonly OddService[] {
  return objects.flatMap((object): readonly OddService[] => {
    const service = projectService(object);
    const { namespace, name } = service;
    const faults = isOurs(object.metadata) ? faultsOf(service) : faultsOfOthers(object);
    return faults.map(([why, cure]) => ({ namespace, name, why, cure }));
  });
}

type Fault = readonly [why: string, cure: string];

/** A Service with our class and without our label is served by nobody outside, and nobody says so. */
function faultsOfOthers(object: KubeObject): readonly Fault[] {
  const { loadBalancerClass } = (object["spec"] ?? {}) as { readonly loadBalancerClass?: unknown };
  if (loadBalancerClass !== uplinkClass) return [];
  const label = `${serviceProxy.label}: ${serviceProxy.value}`;
  return [[`it has the class ${uplinkClass}, and not the label ${label}, so that nobody serves it`, "add the label"]];
}

function faultsOf({ config, told, toldOutside }: ServiceObject): readonly Fault[] {
  const unread: Fault = ["no controller has looked at it yet", "look at the log of the controller"];
  const says = (message: string): Fault => [message, "see `ovn4nfv services`, and do as the message says"];
  const outside = typeof config === "string" ? undefined : config.outside;
  const sides = [told, ...(outside === undefined ? [] : [toldOutside])];
  const faults = sides.flatMap((side) =>
    side === undefined ? [unread] : side.status === "True" ? [] : [says(side.message)],
  );
  // Kubernetes gives every Service of the type LoadBalancer a ClusterIP, so that it says nothing there.
  const isMisled = typeof config !== "string" && config.hasClusterIp && outside === undefined;
  const misled: Fault = ["it has a clusterIP, which nobody serves", "create it again with clusterIP: None"];
  return [...new Set(faults), ...(isMisled ? [misled] : [])];
}
