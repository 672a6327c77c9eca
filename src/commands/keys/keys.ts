// The keys that sign allocations: the subcommand that shows and rotates them, and their reading from files or the
// cluster.
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { PodApi } from "#src/kube/pods.ts";
import { podsByTokenKey } from "#src/tokens/carried-keys.ts";
import { keyActions } from "./key-actions.ts";
import { type KeyLine, keyLines } from "./key-lines.ts";
import { KeyStore } from "#src/tokens/key-store.ts";
import { openCluster } from "../cluster.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { writeRows } from "../output/print-rows.ts";
import type { Column } from "../output/text-table.ts";
import { systemNamespace } from "../system-namespace.ts";
import { installedKeys } from "./installed-keys.ts";

const columns: readonly Column<KeyLine>[] = [
  { title: "kid", value: ({ kid }) => kid },
  { title: "state", value: ({ state }) => state },
  { title: "created", value: ({ created }) => created ?? "-" },
  { title: "pods", value: ({ pods }) => String(pods.length), align: "right" },
];

type Keys = CommandContext<"keys">;
interface Reach {
  readonly store: KeyStore;
  readonly pods: PodApi;
  readonly call: CallOptions;
}
type Action = (context: Keys, reach: Reach, kid: string | undefined) => Promise<"ok" | "refused">;

const actions: Readonly<Record<(typeof keyActions)[number], Action>> = { list, rotate, revoke };

/** Shows the keys of the token, lets another one sign, or revokes one. */
export const keys: CommandRun<"keys"> = async (context) => {
  const { config, clock, signal, operands } = context;
  const [name = "list", kid] = operands;
  const word = keyActions.find((one) => one === name);
  if (word === undefined) throw new AppError("ConfigInvalid", `keys ${name}: write list, rotate, or revoke KID`);
  const action = actions[word];
  if (action === revoke && kid === undefined) throw unnamed();
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const cluster = await openCluster(context, "ovn4nfv-keys", createMetrics(), call);
  if (cluster === undefined) throw new AppError("ConfigInvalid", "--kubeconfig none: the keys are in a cluster");
  const { tokenKeysSecret: secret = installedKeys.secret, tokenPublicKeys: configMap = installedKeys.configMap } =
    config;
  const places = { namespace: await systemNamespace(config, context), secret, configMap };
  const reach = { store: new KeyStore(cluster.client, places, clock), pods: new PodApi(cluster.client), call };
  try {
    return await action(context, reach, kid);
  } finally {
    cluster.client.close();
  }
};

async function list(context: Keys, { store, pods, call }: Reach): Promise<"ok"> {
  print(context, keyLines(await store.read(call), await podsByTokenKey(pods, call)));
  return "ok";
}

/** Only makes the next key. The leading controller lets it sign when all processes can have seen its public part. */
async function rotate(context: Keys, reach: Reach): Promise<"ok"> {
  const { store, call } = reach;
  const before = await store.read(call);
  if (before.ring === undefined)
    throw new AppError("ConfigInvalid", "there is no key yet: the webhook makes the first one");
  const isWaiting = [...before.ring.keys.keys()].some((kid) => kid !== before.ring?.signing);
  if (!isWaiting && (await store.addNext(before, call)) === undefined) throw changed();
  await store.publish(await store.read(call), call);
  return list(context, reach);
}

/** Prints the key with its pods. Revokes it when no pod carries it, or with --yes. */
async function revoke(context: Keys, { store, pods, call }: Reach, kid: string | undefined): Promise<"ok" | "refused"> {
  const { config, stderr } = context;
  if (kid === undefined) throw unnamed();
  const stored = await store.read(call);
  const line = keyLines(stored, await podsByTokenKey(pods, call)).find((each) => each.kid === kid);
  if (line === undefined) throw new AppError("ConfigInvalid", `keys revoke ${kid}: there is no such key`);
  if (line.state === "signing") {
    throw new AppError(
      "ConfigInvalid",
      `keys revoke ${kid}: it is the key that signs; run \`ovn4nfv keys rotate\`, and wait until another key signs`,
    );
  }
  if (line.pods.length > 0 && !config.confirmed) {
    for (const pod of line.pods) stderr.write(`${pod}\n`);
    stderr.write(`these ${line.pods.length} pods could not be wired again: re-create them first, or give --yes\n`);
    print(context, [line]);
    return "refused";
  }
  if (!(await store.remove(stored, [kid], call))) throw changed();
  print(context, [line]);
  return "ok";
}

function unnamed(): AppError {
  return new AppError("ConfigInvalid", "keys revoke: name the key; `ovn4nfv keys` lists them");
}

function changed(): AppError {
  const message = "somebody else changed the keys at the same moment; nothing was done, try again";
  return new AppError("KubeApiError", message, { details: { reason: "Conflict", message } });
}

function print(context: Keys, lines: readonly KeyLine[]): void {
  writeRows(context, lines, columns);
}
