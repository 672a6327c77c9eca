import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { definitionKey } from "#src/api/multus/multus-selection.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { NbAllocator } from "#src/ipam/nb-allocator.ts";
import { ReservationWatch } from "#src/ipam/watch/reservation-watch.ts";
import { createTokenSigner } from "#src/tokens/token.ts";
import type { AdmissionContext, AdmissionHandler } from "#webhooks/admission/handler.ts";
import { createMultusPodHandler, createPodHandler, type PodHandlerOptions } from "#webhooks/pod/pod-handler.ts";
import { ReservationCap } from "#webhooks/pod/reservation-cap.ts";
import { printAdmitted, printRemarks } from "./admission-report.ts";
import { backgroundLogger } from "../background-logger.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import { dryRunAllocator } from "./dry-run-allocator.ts";
import { handlersInTurn } from "./handlers-in-turn.ts";
import { type AdmittedManifest, admitManifest } from "./manifest-admission.ts";
import { type Manifest, readManifests } from "./manifest-files.ts";
import { NbReading } from "../nb-reading.ts";
import { offlineGate } from "./offline-gate.ts";
import { offlineDefinitions, tellsOfMultus, whereOptedIn } from "./offline-multus.ts";
import { nbOptions } from "../nb-options.ts";
import { podOf } from "#webhooks/workload/pod-template.ts";
import { loadTokenKey } from "../keys/key-files.ts";

type Context = CommandContext<"admit">;
type Allocating = PodHandlerOptions["allocator"] & Pick<NbAllocator, "reservations">;

/** Admits the pods of manifests by the webhook's own code; without --no-dry-run NB is only read. */
export const admit: CommandRun<"admit"> = async (context) => {
  const { config, clock, signal, stdout, stderr } = context;
  const { manifests, pods } = await readPods(context);
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  await using owned = new AsyncDisposableStack();
  const handler = await openHandler(context, manifests, owned, call);
  const admitted: AdmittedManifest[] = [];
  try {
    for (const pod of pods) admitted.push(await admitManifest(pod, handler, config.dryRun, call));
    stderr.write(printRemarks(admitted));
    stdout.write(printAdmitted(config.output, admitted));
    for (const { answer } of admitted) if (answer.allowed) answer.onHandedOver?.();
  } catch (error) {
    // Nobody was told of them.
    for (const { answer } of admitted) if (answer.allowed) await answer.undo?.();
    throw error;
  }
  const refusals = admitted.flatMap(({ answer }) => (answer.allowed ? [] : [answer.error.code]));
  if (refusals.includes("BackendUnavailable")) return "failed";
  return refusals.length === 0 ? "ok" : "refused";
};

async function readPods({ config, stdin, stderr }: Context) {
  if (config.file.length === 0)
    throw new AppError("ConfigInvalid", "no manifest: name one with -f, or - for standard input");
  const manifests = await readManifests(config.file, stdin);
  const pods = manifests.flatMap((manifest) => {
    const { file, kind, object } = manifest;
    const pod = podOf(kind, object, config.namespace ?? "default");
    if (pod === undefined && !tellsOfMultus(manifest)) stderr.write(`${file}: a ${kind} has no pods, passed over\n`);
    return pod === undefined ? [] : [pod];
  });
  if (pods.length === 0) throw new AppError("ConfigInvalid", `no pod or workload in ${config.file.join(", ")}`);
  return { manifests, pods };
}

async function openHandler(
  context: Context,
  manifests: readonly Manifest[],
  owned: AsyncDisposableStack,
  call: AdmissionContext,
): Promise<AdmissionHandler> {
  const { config, clock, logger } = context;
  const warn = (text: string): void => {
    context.stderr.write(`Warning: ${text}\n`);
  };
  const allocator = config.dryRun ? await openDryRun(context, owned, call) : await openAllocator(context, owned, call);
  const { index, reservations } = allocator;
  const definition = { namespace: config.nadNamespace, name: config.nadName };
  const names = [definitionKey(definition), ...config.otherNads];
  const options: PodHandlerOptions = {
    allocator,
    // Whoever runs this command is an operator, and no controller waits for it.
    cap: new ReservationCap({ index, reservations, clock, maxOpen: 0 }),
    gate: offlineGate(index, warn),
    signer: await createTokenSigner(await loadTokenKey(config.tokenKeyFile)),
    logger,
    definition: config.attach === "multus" ? definition : undefined,
    definitions: offlineDefinitions(manifests, names, config.namespace ?? "default", warn),
    excludedNamespaces: new Set(),
  };
  return handlersInTurn(createPodHandler(options), whereOptedIn(createMultusPodHandler(options), manifests));
}

async function openDryRun(context: Context, owned: AsyncDisposableStack, call: AdmissionContext): Promise<Allocating> {
  const { config, clock, logger } = context;
  const nb = owned.use(await NbReading.open({ nb: nbOptions(config), clock, logger }, call));
  return { ...dryRunAllocator(nb.index, clock, config.anySwitch), reservations: new ReservationWatch(clock) };
}

async function openAllocator(
  context: Context,
  owned: AsyncDisposableStack,
  call: AdmissionContext,
): Promise<Allocating> {
  const { config, clock, logger } = context;
  const allocator = new NbAllocator({
    nb: nbOptions(config),
    clock,
    logger: backgroundLogger(logger),
    metrics: createMetrics(),
    replica: `admit-${hostname()}-${randomBytes(4).toString("hex")}`,
    cluster: "",
    anySwitch: config.anySwitch,
    cooldownMs: 0,
    quietMs: 0,
    pods: undefined,
  });
  const running = new AbortController();
  owned.defer(async () => {
    await allocator.retire();
    running.abort();
    await allocator.close();
  });
  allocator.start(running.signal);
  await allocator.ready(call);
  return allocator;
}
