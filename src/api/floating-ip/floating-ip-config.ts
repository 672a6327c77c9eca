import { z } from "zod";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import { firstIssue } from "../crd/first-issue.ts";
import { malformedIn } from "../network/addressing.ts";
import { findSelectorProblem } from "../network/label-selector.ts";
import type { LabelSelector } from "../network/network-fields.ts";
import { floatingIpSpecSchema } from "./floating-ip-schema.ts";

/** A FloatingIP as a plain value. */
export interface FloatingIpConfig {
  /** The name of the Uplink. */
  readonly uplink: string;
  /** Undefined where the controller chooses. */
  readonly address: IpAddress | undefined;
  readonly selector: LabelSelector;
  /** Undefined for the only network of the pod that leaves by the uplink. */
  readonly network: string | undefined;
  /** Words for whoever applied the manifest, about fields that are right and may be meant otherwise. */
  readonly warnings: readonly string[];
}

const objectSchema = z.object({ spec: floatingIpSpecSchema });
const malformed = malformedIn("floatingip");

/** Reads a FloatingIP; throws `Malformed` with the field that is wrong by itself. */
export function parseFloatingIp(object: unknown): FloatingIpConfig {
  const parsed = objectSchema.safeParse(object);
  if (!parsed.success) {
    const { field, reason } = firstIssue(parsed.error);
    throw malformed(field, undefined, reason);
  }
  const { uplink, address: text, selector, network } = parsed.data.spec;
  const address = text === undefined ? undefined : parseIp(text);
  if (text !== undefined && address === undefined) throw malformed("spec.address", text, "is not an address");
  const problem = findSelectorProblem(selector);
  if (problem !== undefined) throw malformed(`spec.selector.${problem.field}`, problem.value, problem.reason);
  return { uplink, address, selector, network, warnings: isEverything(selector) ? [selectsAll] : [] };
}

const selectsAll =
  "spec.selector is empty and selects all pods of the namespace, and an address leads to one pod: write matchLabels";

function isEverything({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}
