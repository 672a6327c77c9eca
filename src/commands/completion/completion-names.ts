// The names that a shell can complete: networks, namespaces and pods, as the databases of the typed line have them.
import { controllerPort, controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import { resolveConfig } from "#src/core/config.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { silentLogger } from "#src/core/logger.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ResourceApi } from "#src/kube/client/resource-api.ts";
import { resources } from "#src/kube/client/resources.ts";
import { portOwner } from "#src/ovn/port-ownership.ts";
import { type KubeContext, openApiClient } from "../cluster.ts";
import type { ProcessContext } from "../command.ts";
import { flagOfWord } from "../flags/flag-options.ts";
import type { CommandName } from "../flags/command-names.ts";
import { flagTable } from "../flags/flags.ts";
import { networkUsage } from "../inspect/network-usage.ts";
import { NbReading } from "../nb-reading.ts";
import { nbOptions } from "../nb-options.ts";

export type NameKind = "networks" | "namespaces" | "pods";

/**
 * A shell puts a completed word into the line as it is. A network of somebody else can have any name, and one with a space, a
 * semicolon or a control character could become a command of the user.
 */
const plainName = /^[\w.:@%+,=/-]+$/;

/** People wait for this at each press of a key. */
const patienceMs = 1_500;

/** The names of a kind, by the flags of the line and the environment; none where nobody answers soon. */
export async function readNames(
  kind: NameKind,
  words: readonly string[],
  { env, clock, signal }: Pick<ProcessContext, "env" | "clock" | "signal">,
): Promise<readonly string[]> {
  const call = { signal, deadlineMs: clock.monotonicMs() + patienceMs };
  try {
    const config = resolveConfig(flagTable, "pods", { flags: typedValues("pods", words), env });
    if (kind === "namespaces") return await readNamespaces({ config, env, clock }, call);
    const nb = { nb: nbOptions(config), clock, logger: silentLogger, tables: controllerTables };
    await using reading = await NbReading.open(nb, call);
    if (kind === "networks") return unique(networkUsage(reading.index, reading).map(({ name }) => name));
    const owners = [...reading.rows(controllerPort).values()].flatMap((row) => portOwner(row.external_ids) ?? []);
    const { namespace } = config;
    const ofLine = owners.filter((owner) => namespace === undefined || owner.namespace === namespace);
    return unique(ofLine.map(({ pod }) => pod));
  } catch {
    // A shell has no place for an error while a line is being typed.
    return [];
  }
}

async function readNamespaces(context: KubeContext, call: CallOptions): Promise<readonly string[]> {
  const client = await openApiClient(context, "ovn4nfv-completion", createMetrics());
  try {
    const { items } = await new ResourceApi(client, resources.namespaces).listCached({}, call);
    return unique(items.map(({ metadata }) => metadata.name));
  } finally {
    client.close();
  }
}

/** The values of flags in a line that is not finished: `--nb X`, `--nb=X`, `-n X`. */
export function typedValues(command: CommandName, words: readonly string[]): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [index, word] of words.entries()) {
    const [name = "", inline] = word.split(/=(.*)/s);
    const flag = flagOfWord(command, name);
    const value = inline ?? words[index + 1];
    if (flag !== undefined && flag.type !== "bool" && value !== undefined && value !== "") values[flag.flag] = value;
  }
  return values;
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => plainName.test(name)).sort();
}
