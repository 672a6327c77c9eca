import type { NetworkedInterface } from "./networked-interface.ts";

/**
 * Gives a warning for each interface with an address outside and no route but those to its own subnets: what comes to the address
 * arrives, and the answer leaves by another interface.
 */
export function unreachableOutside(items: readonly NetworkedInterface[]): readonly string[] {
  return items.flatMap(({ asked: { field, floating, defaultGateway, routes, isGuest = false }, network }) => {
    if (floating === undefined || isGuest || defaultGateway || routes.length > 0 || network.routes.length > 0)
      return [];
    return [
      `${field} asks for externalIp and has no route to the outside: answers leave by another interface, unless you write defaultGateway or routes`,
    ];
  });
}
