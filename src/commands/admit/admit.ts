import { AppError } from "#src/core/errors.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { ReservationWatch } from "#src/ipam/watch/reservation-watch.ts";
import type { DefinitionSource } from "#src/pods/demand/definition-source.ts";
import { decideRequestThenSelections } from "#src/pods/decide-request-then-selections.ts";
import type { DecidePod, PodReservation } from "#src/pods/pod-decision.ts";
import { podOf, workloadController } from "#src/pods/workload/pod-template.ts";
import { createTokenSigner } from "#src/tokens/token.ts";
import { openAllocator } from "../allocation/open-allocator.ts";
import { ownDefinitionNames, podDecisions, type PodDecisionParts } from "../allocation/pod-decisions.ts";
import { openCluster } from "../cluster.ts";
import { controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import { backgroundLogger } from "../background-logger.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import type { ExitName } from "../exit-codes.ts";
import { loadTokenKey } from "../keys/key-files.ts";
import { isNorthboundUnnamed, nbOptions } from "../nb-options.ts";
import { NbReading } from "../nb-reading.ts";
import { styleOf } from "../output/text-style.ts";
import { processIdentity } from "../process-identity.ts";
import { policiesOver } from "./policies-over.ts";
import { printAdmitted, printPolicies, printRemarks } from "./admission-report.ts";
import { dryRunAllocator } from "./dry-run-allocator.ts";
import { type AdmittedManifest, admitManifest, type ManifestPod } from "./manifest-admission.ts";
import { fileWords, type Manifest, readManifests } from "./manifest-files.ts";
import { decideStoredPods } from "./stored-pod.ts";
import { offlineOrdinals } from "./offline-ordinals.ts";
import { offlineGate } from "./offline-gate.ts";
import { offlineDefinitions, tellsOfMultus, whereOptedIn } from "./offline-multus.ts";
import { type AskedInterface, printAsked, syntaxDecisions, syntaxOnly } from "./syntax-check.ts";

type Context = CommandContext<"admit">;
type Allocator = PodDecisionParts["allocator"];

/** Decides about the pods of manifests by the webhook's own code; without --no-dry-run it only reads NB. */
export const admit: CommandRun<"admit"> = async (context) => {
  const { config, clock, signal, stdout, stderr } = context;
  const { manifests, pods } = await readPods(context);
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  if (config.dryRun && isNorthboundUnnamed(config)) return await checkSyntax(context, manifests, pods, call);
  await using owned = new AsyncDisposableStack();
  const nb = config.dryRun ? await openReading(context, owned, call) : undefined;
  const decide = await openDecisions(context, manifests, nb, owned, call);
  const admitted: AdmittedManifest[] = [];
  try {
    for (const pod of pods) admitted.push(await admitManifest(pod, decide, config.dryRun, call));
    stderr.write(printRemarks(admitted));
    if (nb !== undefined) for (const each of admitted) stderr.write(printPolicies(policiesOver(each, nb)));
    stdout.write(printAdmitted(config.output, admitted, config.dryRun, styleOf(stdout, context.env)));
    for (const { confirm } of reservationsOf(admitted)) confirm();
  } catch (error) {
    // Nobody was told of these addresses.
    for (const { rollBack } of reservationsOf(admitted)) await rollBack();
    throw error;
  }
  return outcomeOf(admitted);
};

/** Does what can be done without NB, and says so. */
async function checkSyntax(
  context: Context,
  manifests: readonly Manifest[],
  pods: readonly ManifestPod[],
  call: Required<CallOptions>,
): Promise<ExitName> {
  const { config, stdout, stderr } = context;
  const asked: AskedInterface[] = [];
  const definitions = definitionsOf(context, manifests);
  const { byRequest, bySelections } = syntaxDecisions(definitions, (each) => asked.push(each));
  const decide = decideRequestThenSelections(byRequest, whereOptedIn(bySelections, manifests));
  const admitted: AdmittedManifest[] = [];
  for (const pod of pods) admitted.push(await admitManifest(pod, decide, true, call));
  stderr.write(`${printRemarks(admitted)}Warning: ${syntaxOnly}\n`);
  stdout.write(printAsked(config.output, asked, styleOf(stdout, context.env)));
  return outcomeOf(admitted);
}

function outcomeOf(admitted: readonly AdmittedManifest[]): ExitName {
  const refusals = admitted.flatMap(({ decision }) => (decision.kind === "refused" ? [decision.error.code] : []));
  if (refusals.includes("BackendUnavailable")) return "failed";
  return refusals.length === 0 ? "ok" : "refused";
}

function definitionsOf({ config, stderr }: Context, manifests: readonly Manifest[]): DefinitionSource {
  return offlineDefinitions(manifests, ownDefinitionNames(config), config.namespace ?? "default", (text) => {
    stderr.write(`Warning: ${text}\n`);
  });
}

function reservationsOf(admitted: readonly AdmittedManifest[]): readonly PodReservation[] {
  return admitted.flatMap(({ decision }) => (decision.kind === "patched" ? (decision.reservation ?? []) : []));
}

async function readPods({ config, stdin, stderr }: Context) {
  if (config.file.length === 0)
    throw new AppError("ConfigInvalid", "no manifest: name one with -f, or - for standard input");
  const manifests = await readManifests(config.file, stdin);
  const pods = manifests.flatMap((manifest) => {
    const { file, kind, object } = manifest;
    const pod = podOf(kind, object, config.namespace ?? "default");
    if (pod === undefined && !tellsOfMultus(manifest)) stderr.write(`${file}: ${kind} has no pods and is skipped\n`);
    return pod === undefined ? [] : [{ pod, controller: workloadController(kind, object) }];
  });
  if (pods.length === 0)
    throw new AppError("ConfigInvalid", `no pod or workload in ${config.file.map(fileWords).join(", ")}`);
  return { manifests, pods };
}

async function openDecisions(
  context: Context,
  manifests: readonly Manifest[],
  nb: NbReading | undefined,
  owned: AsyncDisposableStack,
  call: Required<CallOptions>,
): Promise<DecidePod> {
  const { config, clock, logger } = context;
  const warn = (text: string): void => {
    context.stderr.write(`Warning: ${text}\n`);
  };
  const allocator = nb === undefined ? await startAllocator(context, owned, call) : openDryRun(context, nb);
  const signer = await createTokenSigner(await loadTokenKey(config.tokenKeyFile));
  const { byRequest, bySelections, byChange } = podDecisions(config, {
    // The node selector is shown; whether a node carries the wires is known in the cluster alone.
    carriedWires: () => undefined,
    allocator,
    gate: offlineGate(allocator.index, warn),
    ordinals: offlineOrdinals(manifests, config.namespace ?? "default"),
    definitions: definitionsOf(context, manifests),
    signer,
    keys: new Map([[signer.kid, signer.publicKey]]),
    clock,
    logger,
  });
  const decide = decideRequestThenSelections(byRequest, whereOptedIn(bySelections, manifests));
  return nb === undefined ? decide : decideStoredPods(decide, byChange, signer);
}

async function openReading(context: Context, owned: AsyncDisposableStack, call: CallOptions): Promise<NbReading> {
  const { config, clock, logger } = context;
  return owned.use(await NbReading.open({ nb: nbOptions(config), clock, logger, tables: controllerTables }, call));
}

function openDryRun({ config, clock }: Context, nb: NbReading): Allocator {
  return { ...dryRunAllocator(nb.index, clock, config.anySwitch), reservations: new ReservationWatch(clock) };
}

async function startAllocator(context: Context, owned: AsyncDisposableStack, call: CallOptions): Promise<Allocator> {
  const { config, clock } = context;
  const allocator = openAllocator(config, {
    clusterUid: await readClusterUid(context, call),
    replica: processIdentity({ role: "admit" }).unique,
    stored: undefined,
    clock,
    logger: backgroundLogger(context.logger),
    metrics: createMetrics(),
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

/** The cluster whose controller sweeps what is reserved here. Undefined: nobody does. */
async function readClusterUid(context: Context, call: CallOptions): Promise<string | undefined> {
  const cluster = await openCluster(context, "ovn4nfv-admit", createMetrics(), call);
  cluster?.client.close();
  return cluster?.uid;
}
