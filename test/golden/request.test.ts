import { join } from "node:path";
import { assignInterfaceNames } from "#src/api/request/interface-names.ts";
import type { InterfaceRequest } from "#src/api/request/interface-request.ts";
import { parseRequest } from "#src/api/request/request.ts";
import { isRefusal } from "#src/core/errors.ts";
import { printAllowed } from "#src/net/allowed-prefixes.ts";
import { printCidr } from "#src/net/cidr.ts";
import { printIp } from "#src/net/ip.ts";
import { goldenPairs } from "./golden-pairs.ts";

goldenPairs(join(import.meta.dirname, "request"), 80, (input) => {
  const { annotations } = input as { annotations: Record<string, string> };
  try {
    const { request, warnings } = parseRequest(annotations);
    return { request: request === undefined ? null : printRequest(request.interfaces), warnings };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const { others = [], ...details } = error.details;
    const more =
      others.length === 0 ? {} : { others: others.map(({ code, details: { field } }) => `${code}: ${field}`) };
    return { refusal: error.code, ...details, ...more, message: error.message };
  }
});

function printRequest(interfaces: readonly InterfaceRequest[]) {
  const names = assignInterfaceNames(interfaces);
  return interfaces.map((entry, index) => ({
    field: entry.field,
    network: entry.network,
    interfaceName: entry.interfaceName ?? null,
    assignedName: names[index],
    addresses: entry.addresses.map(({ ip, prefixLength }) =>
      prefixLength === undefined ? printIp(ip) : `${printIp(ip)}/${prefixLength}`,
    ),
    mac: entry.mac ?? null,
    defaultGateway: entry.defaultGateway,
    gateways: entry.gateways.map(printIp),
    routes: entry.routes.map(({ dst, gateway }) => ({
      dst: printCidr(dst),
      gateway: gateway === undefined ? null : printIp(gateway),
    })),
    ...(entry.allowedAddresses?.length ? { allowedAddresses: entry.allowedAddresses.map(printAllowed) } : {}),
    ...(entry.bandwidth === undefined ? {} : { bandwidth: entry.bandwidth }),
  }));
}
