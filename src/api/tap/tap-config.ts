import * as z from "zod";
import { type IpAddress, parseIp } from "#src/net/ip.ts";
import { malformedIn } from "../crd/malformed-field.ts";
import { namespacedMetadata, parseObject } from "../crd/parse-object.ts";
import { checkedSelector, selectsEverything } from "../network/label-selector.ts";
import type { LabelSelector } from "../network/network-fields.ts";
import { isInterfaceName } from "../request/interface-names.ts";
import { type TapDirection, type TapSpec, tapSpecSchema } from "./tap-schema.ts";

/** The receiver of the copies: an interface of a pod, or a host outside. */
export type TapSink =
  | { readonly kind: "pod"; readonly selector: LabelSelector; readonly interfaceName: string | undefined }
  | { readonly kind: "gre"; readonly address: IpAddress; readonly key: number | undefined };

/** A Tap object as a plain value. At least one of `selector` and `network` is there. */
export interface TapConfig {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Selects pods of the tap's namespace; undefined for all pods of the network. */
  readonly selector: LabelSelector | undefined;
  /** The only Network whose interfaces count; undefined for all. */
  readonly network: string | undefined;
  readonly direction: TapDirection;
  readonly sink: TapSink;
  /** Sentences for whoever applied the manifest. */
  readonly warnings: readonly string[];
}

const objectSchema = z.object({
  metadata: namespacedMetadata,
  spec: tapSpecSchema,
});

const malformed = malformedIn("tap");

/** Reads a Tap; throws `Malformed` with the field that is wrong by itself. */
export function parseTap(object: unknown): TapConfig {
  const { metadata, spec } = parseObject(objectSchema, object, malformed);
  const { podSelector, network } = spec.sources;
  if (podSelector === undefined && network === undefined) {
    throw malformed("spec.sources", undefined, "names neither a podSelector nor a network");
  }
  return {
    ...metadata,
    selector: podSelector && checkedSelector(podSelector, "spec.sources.podSelector", malformed),
    network,
    direction: spec.direction,
    sink: readSink(spec.sink),
    warnings: podSelector && network === undefined && selectsEverything(podSelector) ? [everyPod] : [],
  };
}

const everyPod = "spec.sources.podSelector: {} selects all pods of the namespace, in all Networks that allow it";

function readSink({ podSelector, interface: interfaceName, gre }: TapSpec["sink"]): TapSink {
  if (podSelector !== undefined && gre !== undefined) {
    throw malformed("spec.sink.gre", gre.address, "stands beside podSelector: a tap has one sink");
  }
  if (gre !== undefined) {
    if (interfaceName !== undefined) {
      throw malformed("spec.sink.interface", interfaceName, "is for a sink that is a pod, and this one is an address");
    }
    const address = parseIp(gre.address);
    if (address === undefined) throw malformed("spec.sink.gre.address", gre.address, "is not an address");
    return { kind: "gre", address, key: gre.key };
  }
  if (podSelector === undefined) {
    throw malformed("spec.sink", undefined, "names nobody: write podSelector for a pod, or gre for a host outside");
  }
  if (interfaceName !== undefined && !isInterfaceName(interfaceName)) {
    throw malformed("spec.sink.interface", interfaceName, "is not the name of an interface");
  }
  return { kind: "pod", selector: checkedSelector(podSelector, "spec.sink.podSelector", malformed), interfaceName };
}
