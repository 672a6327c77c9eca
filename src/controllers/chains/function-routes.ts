// The routes by which a pod of a function finds the ends of its chain. The pod asks for them, and nobody writes them into it.
import { z } from "zod";
import { type Cidr, containsIp, parseCidr, printCidr } from "#src/net/cidr.ts";
import type { ChainNetwork } from "#src/ovn/rows/chain-rows.ts";

/** A route of an interface, by the network of the interface. */
export interface FunctionRoute {
  readonly network: string;
  readonly dst: Cidr;
}

const resultSchema = z.array(
  z.looseObject({
    network: z.string(),
    gateway_ip: z.array(z.string()).default([]),
    defaultGateway: z.string().optional(),
    routes: z.array(z.looseObject({ dst: z.string() })).default([]),
  }),
);

/** Reads the routes that a pod has asked for from its result; none from a text that is no result. */
export function routesInResult(text: string | undefined): readonly FunctionRoute[] {
  const parsed = resultSchema.safeParse(parseJson(text));
  return (parsed.data ?? []).flatMap(({ network, gateway_ip, defaultGateway, routes }) => {
    const everything = gateway_ip.map((gateway) => (gateway.includes(":") ? "::/0" : "0.0.0.0/0"));
    const all = [...(defaultGateway === "true" ? everything : []), ...routes.map(({ dst }) => dst)];
    return all.flatMap((dst) => {
      const cidr = parseCidr(dst)?.cidr;
      return cidr === undefined ? [] : [{ network, dst: cidr }];
    });
  });
}

/** The prefixes of an end that the routes of a pod by the network beside it do not cover. */
export function uncovered(end: readonly Cidr[], by: ChainNetwork, routes: readonly FunctionRoute[]): readonly Cidr[] {
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

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
