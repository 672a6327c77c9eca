import { z } from "zod";
import { AppError } from "#src/core/errors.ts";
import type { Family } from "#src/net/ip.ts";
import { batchLine } from "./ip-batch.ts";
import { defaultFamilies, familyOfText, type PodInterface } from "./pod-interface.ts";

/** A default route that the pod had before us, from its first CNI as a rule. */
export interface DefaultRoute {
  readonly family: Family;
  /** Of several next hops the first. */
  readonly gateway: string | undefined;
  readonly device: string;
  readonly metric: number | undefined;
}

const hop = z.object({ gateway: z.string().optional(), dev: z.string() });
const listing = z.array(
  hop.partial({ dev: true }).extend({ metric: z.number().optional(), nexthops: z.array(hop).optional() }),
);

/** Reads `ip -j -4|-6 route show default`. Throws `CommandFailed` for what is not its output. */
export function parseDefaultRoutes(json: string, family: Family): readonly DefaultRoute[] {
  const parsed = listing.safeParse(json.trim() === "" ? [] : readJson(json));
  if (!parsed.success) {
    throw new AppError("CommandFailed", "ip route show default printed something else than routes", {
      cause: parsed.error,
    });
  }
  return parsed.data.flatMap(({ gateway, dev, nexthops, metric }) => {
    const [first] = nexthops ?? [];
    const device = dev ?? first?.dev;
    // An unreachable or blackhole default has no device and leads nowhere: nothing to keep using.
    return device === undefined ? [] : [{ family, gateway: gateway ?? first?.gateway, device, metric }];
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Moves the default route of each family that an interface is asked to carry: `keptRanges` (pods, services, the node)
 * go on through the old gateway, the old default goes, the new one has all its gateways as next hops.
 */
export function defaultRouteLines(
  interfaces: readonly PodInterface[],
  oldDefaults: readonly DefaultRoute[],
  keptRanges: readonly string[],
): readonly string[] {
  return [...defaultFamilies(interfaces)].toSorted().flatMap((family) => {
    const old = oldDefaults.filter((route) => route.family === family);
    const [keeper] = old;
    const kept = keeper === undefined ? [] : keptRanges.filter((range) => familyOfText(range) === family);
    return [
      ...kept.map((range) => batchLine("route", "replace", range, ...through(keeper), "metric", keptMetric)),
      ...old.map((route) => batchLine("route", "del", "default", ...through(route), ...metricOf(route))),
      newDefault(interfaces, family),
    ];
  });
}

/**
 * Less preferred than what the kernel knows by itself: the first interface's own subnet is often one of the ranges, and
 * its route must stay, since the gateway is reached by it.
 */
const keptMetric = "1024";

function newDefault(interfaces: readonly PodInterface[], family: Family): string {
  const hops = interfaces.flatMap(({ name, defaultGateways }) =>
    defaultGateways
      .filter((gateway) => familyOfText(gateway) === family)
      .flatMap((gateway) => ["nexthop", "via", gateway, "dev", name]),
  );
  return batchLine("route", "add", "default", ...hops);
}

function through(route: DefaultRoute | undefined): readonly string[] {
  if (route === undefined) return [];
  return [...(route.gateway === undefined ? [] : ["via", route.gateway]), "dev", route.device];
}

function metricOf({ metric }: DefaultRoute): readonly string[] {
  return metric === undefined ? [] : ["metric", metric.toString()];
}
