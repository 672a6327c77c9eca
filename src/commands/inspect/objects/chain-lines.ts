// Computes the lines of `ovn4nfv chains` from the status of the chains: one for each hop.
import type { ChainObject } from "#src/controllers/chains/chain-object.ts";
import { readyTone } from "../../output/text-style.ts";
import type { Column } from "../../output/text-table.ts";
import { readyWord } from "../ready-word.ts";

/** A chain as people and programs read it. */
export interface ReportedChain {
  readonly namespace: string;
  readonly name: string;
  /** `True`, or the reason why it is not ready; `Unknown` while nobody has written a status. */
  readonly ready: string;
  readonly hops: NonNullable<NonNullable<ChainObject["status"]>["hops"]>;
  /** The fault in words; "" when there is none. */
  readonly problem: string;
}

export interface ChainLine {
  readonly chain: ReportedChain;
  readonly hop: ReportedChain["hops"][number] | undefined;
}

export function reportChain({ namespace, name, status }: ChainObject): ReportedChain {
  const find = (type: string) => status?.conditions?.find((one) => one.type === type);
  const [ready, degraded] = [find("Ready"), find("Degraded")];
  return {
    namespace,
    name,
    ready: readyWord(ready),
    hops: status?.hops ?? [],
    problem: degraded?.status === "True" ? degraded.message : ready?.status === "False" ? ready.message : "",
  };
}

/** A chain without hops has a line too, for its problem. */
export function linesOfChain(chain: ReportedChain): readonly ChainLine[] {
  return chain.hops.length === 0 ? [{ chain, hop: undefined }] : chain.hops.map((hop) => ({ chain, hop }));
}

export const chainColumns: readonly Column<ChainLine>[] = [
  { title: "namespace", value: ({ chain }) => chain.namespace },
  { title: "chain", value: ({ chain }) => chain.name },
  { title: "ready", value: ({ chain }) => chain.ready, tone: ({ chain }) => readyTone(chain.ready) },
  { title: "left", value: ({ hop }) => hop?.left ?? "-" },
  { title: "function", value: ({ hop }) => hop?.name ?? "-" },
  { title: "right", value: ({ hop }) => hop?.right ?? "-" },
  { title: "pods with slices", value: ({ hop }) => podsOf(hop) },
  { title: "problem", value: ({ chain }) => chain.problem, tone: () => "bad" },
];

function podsOf(hop: ChainLine["hop"]): string {
  const pods = hop?.pods ?? [];
  return pods.length === 0 ? "-" : pods.map(({ name, slices }) => `${name}=${slices}`).join(" ");
}
