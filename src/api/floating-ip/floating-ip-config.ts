import * as z from "zod";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import { malformedIn } from "../crd/malformed-field.ts";
import { parseObject } from "../crd/parse-object.ts";
import { checkedSelector, selectsEverything } from "../network/label-selector.ts";
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
  const { spec } = parseObject(objectSchema, object, malformed);
  const { uplink, address: text, network } = spec;
  const address = text === undefined ? undefined : parseIp(text);
  if (text !== undefined && address === undefined) throw malformed("spec.address", text, "is not an address");
  const selector = checkedSelector(spec.selector, "spec.selector", malformed);
  return { uplink, address, selector, network, warnings: selectsEverything(selector) ? [selectsAll] : [] };
}

const selectsAll =
  "spec.selector is empty and selects all pods of the namespace, and an address leads to one pod: write matchLabels";
