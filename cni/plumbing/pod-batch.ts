import { familyOfText, type PodInterface } from "./pod-interface.ts";
import { batchLine } from "./ip-batch.ts";
import { type DefaultRoute, defaultRouteLines } from "./default-route.ts";
import { sourceRouteLines, sourceRuleLines } from "./source-routing.ts";

/**
 * Lines, for the pod's namespace, that bring every interface up and give it addresses and routes, then move the default
 * route where that is asked for. IPv6 addresses skip duplicate address detection: OVN handed them out once.
 */
export function podLines(
  interfaces: readonly PodInterface[],
  oldDefaults: readonly DefaultRoute[],
  keptRanges: readonly string[],
): readonly string[] {
  const up = interfaces.flatMap(({ name, addresses }) => [
    // `dev`: a name may be a word of ip, such as up.
    batchLine("link", "set", "dev", name, "up"),
    ...addresses.map((address) => batchLine("addr", "add", address, "dev", name, ...withoutDad(address))),
  ]);
  const routes = interfaces.flatMap(({ name, routes }) =>
    routes.map(({ dst, gw }) => batchLine("route", "add", dst, ...(gw === undefined ? [] : ["via", gw]), "dev", name)),
  );
  const bySource = [...sourceRouteLines(interfaces), ...sourceRuleLines(interfaces, 4)];
  return [...up, ...routes, ...bySource, ...defaultRouteLines(interfaces, oldDefaults, keptRanges)];
}

function withoutDad(address: string): readonly string[] {
  return familyOfText(address) === 6 ? ["nodad"] : [];
}
