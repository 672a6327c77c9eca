import { AppError, hasCode } from "#src/core/errors.ts";
import type { NetworkState } from "./network-state.ts";
import { mainTable } from "./route-command.ts";

interface RefusedRoute {
  /** The destination, with prefix length. */
  readonly to: string;
  /** The interface of ours that the route was for. */
  readonly device: string;
}

/** The route of the main table that the kernel refused because there is one like it; undefined for every other error. */
export function routeInTheWay(error: unknown): RefusedRoute | undefined {
  if (!hasCode(error, "CommandFailed") || error.details.why !== "File exists") return undefined;
  const [verb, to, table, , device] = (error.details.command ?? "").split(" ");
  if (verb !== "route-add" || to === undefined || device === undefined) return undefined;
  return table === mainTable.toString() ? { to, device } : undefined;
}

/**
 * Says which interface holds a route to the destination. `state` is that of the pod's namespace when our own interfaces
 * are gone from it again. Undefined when no route is found there.
 */
export function routeTaken({ to, device }: RefusedRoute, state: NetworkState, cause: unknown): AppError | undefined {
  const [hop] = state.routes
    .filter((route) => route.table === undefined && route.to === to)
    .flatMap(({ hops }) => hops);
  if (hop === undefined) return undefined;
  const via = hop.gateway === undefined ? "" : ` via ${hop.gateway}`;
  const remedy = to.endsWith("/0")
    ? 'write defaultGateway: "true" on the interface instead of the route'
    : "take the route out of the Network or the request, or write two halves of its destination";
  const holder = `an attachment before gave the pod a route there, on ${hop.device}${via}`;
  const says = `the route ${to} of ${device} cannot be made: ${holder}`;
  return new AppError("RouteTaken", `${says}; ${remedy}`, { cause });
}
