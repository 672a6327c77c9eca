import * as z from "zod";
import { refusal } from "#src/core/errors.ts";
import { namespacedMetadata, parseObject } from "../crd/parse-object.ts";
import { type ChainSpec, chainSpecSchema } from "./chain-schema.ts";

/** A network as the chain names it. */
export interface NetworkReference {
  /** The words of the manifest: `net=blue`, or `blue`. */
  readonly text: string;
  /** The name, or the value of the label `net`. */
  readonly name: string;
  /** False for an end that `left` or `right` names, which is never a label. */
  readonly byLabel: boolean;
}

/** A function: the pods of the chain's namespace that have all these labels. */
export interface ChainFunction {
  /** The labels as the manifest has them. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A NetworkChaining as a plain value. Function i stands between the networks i and i + 1. */
export interface ChainConfig {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly networks: readonly NetworkReference[];
  readonly functions: readonly ChainFunction[];
  readonly onFailure: "Drop" | "Bypass";
  /** Fields of Nodus that say nothing here, in words for whoever applied the manifest. */
  readonly unused: readonly string[];
}

const objectSchema = z.object({
  metadata: namespacedMetadata,
  spec: chainSpecSchema,
});

const field = "spec.routingSpec.networkChain";
/** The key of the label by which Nodus finds networks. */
const networkKey = "net";
const maxFunctions = 16;
const elementPattern =
  /^(?<key>[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?)=(?<value>[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)$/;

/** Reads a NetworkChaining; throws `Malformed` with the field that is wrong by itself, and what to write. */
export function parseChain(object: unknown): ChainConfig {
  const { metadata, spec } = parseObject(objectSchema, object, (at, value, reason) =>
    malformed(at, value, reason, "`kubectl explain networkchaining.spec` tells more"),
  );
  const { routingSpec, onFailure } = spec;
  const { namespace } = routingSpec;
  if (namespace !== undefined && namespace !== "" && namespace !== metadata.namespace) {
    const remedy = "create the chain in the namespace of its functions, and leave the field out";
    throw malformed("spec.routingSpec.namespace", namespace, `is not the namespace of the chain itself`, remedy);
  }
  const { functions, networks: inner } = readElements(routingSpec.networkChain);
  const [first, ...between] = inner;
  const last = between.pop();
  const networks = [endOf("left", first, routingSpec), ...between, endOf("right", last, routingSpec)].filter(
    (network) => network !== undefined,
  );
  refuseTwice(networks);
  return { ...metadata, networks, functions, onFailure, unused: unusedFields(routingSpec) };
}

type Group = ChainFunction & { readonly isNetwork: boolean };

/** Gives the networks around the functions; the first and the last are undefined where the text has none. */
function readElements(text: string) {
  const functions: ChainFunction[] = [];
  const networks: (NetworkReference | undefined)[] = [];
  for (const group of groupElements(text)) {
    if (group.isNetwork) {
      if (networks.length > functions.length) {
        throw malformed(field, group.name, "follows another network", "write a function between them, as app=NAME");
      }
      networks.push({ text: group.name, name: group.labels[networkKey] ?? "", byLabel: true });
      continue;
    }
    if (networks.length === functions.length) networks.push(undefined);
    functions.push(group);
  }
  if (networks.length === functions.length) networks.push(undefined);
  if (functions.length === 0) {
    throw malformed(field, text, "has no function", "write net=LEFT,app=FUNCTION,net=RIGHT");
  }
  if (functions.length > maxFunctions) {
    throw malformed(field, text, `has more than ${maxFunctions} functions`, "make the chain shorter");
  }
  return { functions, networks };
}

/** Networks stand alone. The labels between two networks are those of one function. */
function groupElements(text: string): readonly Group[] {
  const groups: Group[] = [];
  for (const element of text.split(",").map((one) => one.trim())) {
    const { key, value } = elementPattern.exec(element)?.groups ?? {};
    if (key === undefined || value === undefined) {
      throw malformed(field, element, "is no label", `write net=${element || "NAME"} for a network, or app=NAME`);
    }
    const last = groups.at(-1);
    if (key === networkKey || last === undefined || last.isNetwork) {
      groups.push({ name: element, labels: { [key]: value }, isNetwork: key === networkKey });
      continue;
    }
    if (last.labels[key] !== undefined) {
      const remedy = `write the network between the two functions, as in ${last.name},net=NAME,${element}`;
      throw malformed(field, element, `follows ${last.name} with no network between`, remedy);
    }
    groups[groups.length - 1] = {
      name: `${last.name},${element}`,
      labels: { ...last.labels, [key]: value },
      isNetwork: false,
    };
  }
  return groups;
}

type Side = "left" | "right";

function endOf(
  side: Side,
  inChain: NetworkReference | undefined,
  routing: ChainSpec["routingSpec"],
): NetworkReference | undefined {
  const named = [...new Set((routing[side] ?? []).flatMap(({ networkName }) => networkName || []))];
  const [name, second] = named;
  const at = `spec.routingSpec.${side}`;
  if (second !== undefined) {
    throw malformed(at, second, `is a second network at the ${side} end`, "make a chain for each network");
  }
  if (inChain === undefined) {
    if (name !== undefined) return { text: name, name, byLabel: false };
    const remedy = side === "left" ? "begin networkChain with net=NAME" : "end networkChain with net=NAME";
    throw malformed(at, undefined, "names no network, and networkChain has none at this end", remedy);
  }
  if (name !== undefined && name !== inChain.name) {
    const reason = `is another network than ${inChain.text} of networkChain, which is the ${side} end as well`;
    const remedy = `remove networkName to chain ${inChain.name}, or remove ${inChain.text} from networkChain to chain ${name}`;
    throw malformed(`${at}[].networkName`, name, reason, remedy);
  }
  return inChain;
}

function refuseTwice(networks: readonly NetworkReference[]): void {
  const second = networks.find(({ name }, index) => networks.slice(0, index).some((other) => other.name === name));
  if (second === undefined) return;
  const remedy = "give each function a network of its own on each side; traffic inside one network meets no router";
  throw malformed(field, second.text, "is in the chain twice", remedy);
}

const unusedKeys = ["gatewayIp", "subnet", "podSelector", "namespaceSelector"] as const;

function unusedFields(routing: ChainSpec["routingSpec"]): readonly string[] {
  return (["left", "right"] as const).flatMap((side) => {
    const found = unusedKeys.filter((key) => (routing[side] ?? []).some((end) => end[key] !== undefined));
    if (found.length === 0) return [];
    return [
      `spec.routingSpec.${side}: ${found.join(", ")} say nothing here: all traffic of the whole network is chained`,
    ];
  });
}

function malformed(at: string, value: unknown, reason: string, remedy: string) {
  return refusal("Malformed", { field: at, value, reason, remedy });
}
