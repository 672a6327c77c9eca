// The routes that a pod has asked for, by which chains know whether its traffic finds their ends.
import * as z from "zod";
import { type Cidr, parseCidr } from "#src/net/cidr.ts";

/** A route of an interface, by the network of the interface. */
export interface AskedRoute {
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
export function routesInResult(text: string | undefined): readonly AskedRoute[] {
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

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
