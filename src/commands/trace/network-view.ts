import type { Row } from "ovsdb-client";
import { controllerPort } from "#src/controllers/northbound/controller-tables.ts";
import { externalId } from "#src/ovn/external-ids.ts";
import { logicalSwitch } from "#src/ovn/nb-tables.ts";
import { networkOf } from "#src/ovn/switches/network-of-switch.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { uplinkScopes } from "#src/ovn/rows/uplink-rows.ts";
import type { NbReading } from "../nb-reading.ts";
import type { StageView } from "./stage-words.ts";
import { decidingRows, routerIds, routersOfPorts } from "./deciding-rows.ts";

/** The logical network as the words of a trace need it. */
export interface NetworkView {
  readonly routerIds: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** The names of objects by UID, and of pods by allocation, as far as their rows tell them. */
  readonly objectNames: ReadonlyMap<string, string>;
  /** The `external_ids` of a switch or router. */
  readonly idsOf: (datapath: string) => ReadonlyMap<string, string> | undefined;
  /** The view of the flows whose hints are known. */
  readonly stages: (hints: ReadonlyMap<string, string>) => StageView;
}

const routerPortKey = "router-port";

export function networkView(nb: NbReading): NetworkView {
  const rows = decidingRows(nb);
  const routers = routerIds(nb);
  const ofPorts = routersOfPorts(nb);
  const ports = nb.rows(controllerPort);
  const peers = new Map<string, string>();
  const switches = new Map<string, string>();
  const switchIds = new Map<string, ReadonlyMap<string, string>>();
  for (const { name, ports: own, external_ids: ids } of nb.rows(logicalSwitch).values()) {
    switchIds.set(name, ids);
    for (const uuid of own) {
      const port = ports.get(uuid);
      const peer = port?.type === "router" ? port.options.get(routerPortKey) : undefined;
      if (port === undefined || peer === undefined) continue;
      peers.set(port.name, peer);
      switches.set(peer, name);
    }
  }
  return {
    routerIds: routers,
    objectNames: new Map([...namesOfNetworks(switchIds), ...namesOfUplinks(routers), ...namesOfPods(ports.values())]),
    idsOf: (datapath) => switchIds.get(datapath) ?? routers.get(datapath),
    stages: (hints) => ({
      rowOf: ({ flow }) => rows.get(hints.get(flow?.uuidPrefix ?? "") ?? ""),
      routerBehind: (port) => ofPorts.get(peers.get(port) ?? ""),
      switchBehind: (port) => switches.get(port),
    }),
  };
}

type IdsByName = ReadonlyMap<string, ReadonlyMap<string, string>>;

function namesOfNetworks(switches: IdsByName): readonly (readonly [string, string])[] {
  return [...switches].flatMap(([name, ids]) => {
    const uid = networkOf({ external_ids: ids });
    const kind = ids.has(externalId("physical-network")) ? "ProviderNetwork" : "Network";
    return uid === undefined ? [] : [[uid, `${kind} ${name}`] as const];
  });
}

function namesOfPods(ports: Iterable<Row<typeof controllerPort>>): readonly (readonly [string, string])[] {
  return [...ports].flatMap(({ external_ids: ids }) => {
    const owner = portOwner(ids);
    return owner === undefined || owner.pod === ""
      ? []
      : [[owner.allocation, `Pod ${owner.namespace}/${owner.pod}`] as const];
  });
}

const gatewayPrefix = "ovn4nfv-gateway-";

function namesOfUplinks(routers: IdsByName): readonly (readonly [string, string])[] {
  return [...routers].flatMap(([name, ids]) => {
    const [scope, uid = ""] = (ids.get(externalId("row")) ?? "").split("/");
    const isUplink = scope === uplinkScopes && name.startsWith(gatewayPrefix);
    return isUplink ? [[uid, `Uplink ${name.slice(gatewayPrefix.length)}`] as const] : [];
  });
}
