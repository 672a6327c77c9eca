// The controllers' one connection to NB: what they monitor, and who of them is told of what.
import { table } from "ovsdb-client";
import { loadBalancer, logicalSwitch, logicalSwitchPort, nbGlobal } from "#src/ovn/nb-tables.ts";
import {
  haChassis,
  haChassisGroup,
  logicalRouter,
  staticRoute,
  topologyNat,
  topologyRouterPort,
  topologySwitchPort,
} from "#src/ovn/topology-tables.ts";

/** The ports with all that says whose they are; the webhook's table keeps less. */
export const controllerPort = table("Logical_Switch_Port", {
  ...logicalSwitchPort.columns,
  options: topologySwitchPort.columns.options,
  external_ids: topologySwitchPort.columns.external_ids,
});

/** What the controllers read of NB: the union of what the address index and the owned rows need. */
export const controllerTables = [
  logicalSwitch,
  controllerPort,
  logicalRouter,
  topologyRouterPort,
  staticRoute,
  topologyNat,
  haChassisGroup,
  haChassis,
  loadBalancer,
  nbGlobal,
] as const;
