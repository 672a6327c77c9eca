// The routes by which a pod of a function finds the ends of its chain. The pod asks for them, and nobody writes them into it.
import { type Cidr, containsIp, printCidr } from "#src/net/cidr.ts";
import type { ChainNetwork } from "#src/ovn/rows/chain-rows.ts";
import type { AskedRoute } from "../pods/asked-routes.ts";

/** The prefixes of an end that the routes of a pod by the network beside it do not cover. */
export function uncovered(end: readonly Cidr[], by: ChainNetwork, routes: readonly AskedRoute[]): readonly Cidr[] {
  const own = routes.filter(({ network }) => network === by.name);
  return end.filter(
    (cidr) => !own.some(({ dst }) => dst.prefixLength <= cidr.prefixLength && containsIp(dst, cidr.first)),
  );
}

/** Says what a pod has to ask for. */
export function describeUncovered(pod: string, network: string, missing: readonly Cidr[]): string {
  const routes = missing.map((cidr) => `{"dst": "${printCidr(cidr)}"}`).join(", ");
  return `pod ${pod} asks for no route to ${missing.map(printCidr).join(", ")}: write "routes": [${routes}] at its interface in ${network}`;
}
