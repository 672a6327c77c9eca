import { parseArgs } from "node:util";
import { isOvnSuite, type OvnSuite, ovnSuites } from "#tools/ovn/ovn-suites.ts";
import { labPlan, mostLabNodes } from "../machine/lab-plan.ts";
import type { LabState } from "./lab-state.ts";

/** The lab that somebody asks for with the arguments of `up`. */
export interface WantedLab {
  /** The suite of Debian whose OVN it runs; undefined for the OVN of the system. */
  readonly ovn: OvnSuite | undefined;
  readonly nodes: number;
  /** True when the machines are to have no OVN, and pods bring it. */
  readonly isBare: boolean;
}

const fewestNodes = labPlan.nodes.length;

/** Reads the arguments of `up`. Throws for a suite that is not tried with, and for a number of nodes that the lab has no addresses for. */
export function wantedLab(args: readonly string[]): WantedLab {
  const options = {
    ovn: { type: "string" },
    nodes: { type: "string", default: String(fewestNodes) },
    "without-ovn": { type: "boolean", default: false },
  } as const;
  const { ovn, nodes, "without-ovn": isBare } = parseArgs({ args: [...args], options }).values;
  if (isBare && ovn !== undefined)
    throw new Error("the OVN of a lab is either --ovn, or that of pods with --without-ovn");
  if (ovn !== undefined && !isOvnSuite(ovn)) {
    throw new Error(`there is no OVN "${ovn}"; there are ${ovnSuites.join(", ")}`);
  }
  const count = Number(nodes);
  if (!Number.isInteger(count) || count < fewestNodes || count > mostLabNodes) {
    throw new Error(`the lab has ${fewestNodes} to ${mostLabNodes} nodes, not "${nodes}"`);
  }
  return { ovn, nodes: count, isBare };
}

/** Throws when the lab that is up has fewer nodes than are wanted now, or another kind of OVN. */
export function assertLabHas({ nodes, isBare }: Omit<WantedLab, "ovn">, { machines, northbound }: LabState): void {
  if (isBare !== (northbound === "")) {
    const kind = isBare ? "an OVN of its own" : "its OVN in pods";
    throw new Error(`the lab that is up has ${kind}; \`npm run lab -- down\` takes it down`);
  }
  const names = Object.keys(machines).filter((name) => name !== "cp");
  if (names.length >= nodes) return;
  throw new Error(`the lab that is up has the nodes ${names.join(", ")}; \`npm run lab -- down\` takes it down`);
}
