import { parseArgs } from "node:util";
import { isOvnSuite, type OvnSuite, ovnSuites } from "#tools/ovn/ovn-suites.ts";
import { labPlan, mostLabNodes } from "../machine/lab-plan.ts";
import type { LabState } from "./lab-state.ts";

/** The lab that somebody asks for with the arguments of `up`. */
export interface WantedLab {
  /** The suite of Debian whose OVN it runs; undefined for the OVN of the system. */
  readonly ovn: OvnSuite | undefined;
  readonly nodes: number;
}

const fewestNodes = labPlan.nodes.length;

/** Reads the arguments of `up`. Throws for a suite that is not tried with, and for a number of nodes that the lab has no addresses for. */
export function wantedLab(args: readonly string[]): WantedLab {
  const options = { ovn: { type: "string" }, nodes: { type: "string", default: String(fewestNodes) } } as const;
  const { ovn, nodes } = parseArgs({ args: [...args], options }).values;
  if (ovn !== undefined && !isOvnSuite(ovn)) {
    throw new Error(`there is no OVN "${ovn}"; there are ${ovnSuites.join(", ")}`);
  }
  const count = Number(nodes);
  if (!Number.isInteger(count) || count < fewestNodes || count > mostLabNodes) {
    throw new Error(`the lab has ${fewestNodes} to ${mostLabNodes} nodes, not "${nodes}"`);
  }
  return { ovn, nodes: count };
}

/** Throws when the lab that is up has fewer nodes than are wanted now. */
export function assertLabHas(nodes: number, { machines }: LabState): void {
  const names = Object.keys(machines).filter((name) => name !== "cp");
  if (names.length >= nodes) return;
  throw new Error(`the lab that is up has the nodes ${names.join(", ")}; \`npm run lab -- down\` takes it down`);
}
