// Reads what pods ask for where no Northbound database is named: networks and addresses cannot be checked then.
import { inMultusTerms } from "#src/api/multus/multus-request.ts";
import { isRefusal } from "#src/core/errors.ts";
import { printIp } from "#src/net/ip.ts";
import { readNewPod } from "#src/pods/allocate-for-pod.ts";
import type { DefinitionSource } from "#src/pods/demand/definition-source.ts";
import { readMultusDemand } from "#src/pods/demand/multus-demand.ts";
import { type DemandingPod, type PodDemand, readDemand } from "#src/pods/demand/pod-demand.ts";
import type { DecidePod } from "#src/pods/pod-decision.ts";
import { type OutputFormat, printRows } from "../output/print-rows.ts";
import type { TextStyle } from "../output/text-style.ts";
import type { Column } from "../output/text-table.ts";

/** An interface that a pod asks for. */
export interface AskedInterface {
  /** `namespace/name`, as in messages. */
  readonly pod: string;
  readonly interface: string;
  readonly network: string;
  /** The addresses that it asks for; empty when the webhook would choose them. */
  readonly addresses: readonly string[];
}

export const syntaxOnly =
  "only the syntax was checked, because no Northbound database is named: whether the networks admit these pods and have " +
  "such addresses is not known; name it with --nb or OVN4NFV_NB";

const columns: readonly Column<AskedInterface>[] = [
  { title: "pod", value: ({ pod }) => pod },
  { title: "interface", value: ({ interface: name }) => name },
  { title: "network", value: ({ network }) => network },
  { title: "asks for", value: ({ addresses }) => addresses.join(",") || "any address" },
];

/** Reads pods in each of the two ways in which they can ask, and hands what they ask for to `note`. */
export function syntaxDecisions(
  definitions: DefinitionSource,
  note: (asked: AskedInterface) => void,
): { readonly byRequest: DecidePod; readonly bySelections: DecidePod } {
  const asking = new WeakSet<object>();
  type ReadDemand = (pod: DemandingPod, warnings: string[], call: object) => Promise<PodDemand | undefined>;
  const decide =
    (read: ReadDemand): DecidePod =>
    async (created, call) => {
      const warnings: string[] = [];
      try {
        const pod = readNewPod(created, { excludedNamespaces: new Set() });
        if (pod === undefined || asking.has(created.object)) return { kind: "unchanged", warnings };
        const demand = await read(pod, warnings, call);
        if (demand !== undefined) {
          asking.add(created.object);
          for (const each of askedInterfaces(pod, demand)) note(each);
        }
        return { kind: "unchanged", warnings };
      } catch (caught) {
        const error = inMultusTerms(caught);
        if (isRefusal(error)) return { kind: "refused", error, warnings };
        throw error;
      }
    };
  return {
    byRequest: decide((pod, warnings, call) => readDemand(pod, definitions, warnings, call)),
    bySelections: decide((pod, _warnings, call) => readMultusDemand(pod, definitions, call)),
  };
}

function askedInterfaces({ pod, namespace }: DemandingPod, { allocation }: PodDemand): readonly AskedInterface[] {
  const { name, generateName = "" } = pod.metadata;
  return allocation.ports.map(({ interfaceName, network, addresses }) => ({
    pod: `${namespace}/${name ?? `${generateName}*`}`,
    interface: interfaceName,
    network,
    addresses: addresses.map(({ ip }) => printIp(ip)),
  }));
}

/** Prints what the pods ask for; nothing when all of them are refused or ask for nothing. */
export function printAsked(format: OutputFormat, asked: readonly AskedInterface[], style: TextStyle): string {
  return asked.length === 0 && format === "table" ? "" : printRows(format, asked, columns, style);
}
