// Compares Kubernetes with NB. With --repair it also removes the differences, and adopts rows of another cluster.
import { decodeTime } from "ulid";
import { AllocationController } from "#src/controllers/allocations/allocation-controller.ts";
import { NbFeed } from "#src/controllers/northbound/nb-feed.ts";
import { type DriftFinding, lastingFindings } from "#src/controllers/allocation-rules/findings.ts";
import type { CallOptions } from "#src/core/deadline.ts";
import { AppError } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { resources } from "#src/kube/client/resources.ts";
import type { TokenKeys } from "#src/tokens/token.ts";
import { allocationTimings } from "../flags/allocation-timings.ts";
import { backgroundLogger } from "../background-logger.ts";
import { adoptCluster } from "./adopt-cluster.ts";
import { type Cluster, openCluster } from "../cluster.ts";
import type { CommandContext, CommandRun } from "../command.ts";
import type { ExitName } from "../exit-codes.ts";
import { nbOptions, nbWriterOptions, refuseUnnamed } from "../nb-options.ts";
import { mustBeListed } from "../missing-right.ts";
import { writeRows } from "../output/print-rows.ts";
import type { Column } from "../output/text-table.ts";
import { surveyClaims } from "./survey-claims.ts";
import { openVerificationKeys } from "./verification-keys.ts";

/** A line of the output: a finding, or a group of rows of another cluster. */
interface Line extends Omit<DriftFinding, "problem"> {
  readonly problem: string;
}

const columns: readonly Column<Line>[] = [
  { title: "problem", value: ({ problem }) => problem },
  { title: "namespace", value: ({ namespace }) => namespace || "-" },
  { title: "pod", value: ({ pod }) => pod || "-" },
  { title: "allocation", value: ({ allocation }) => allocation || "-" },
  { title: "ports", value: ({ ports }) => ports.join(",") || "-" },
];

/** Intervals of the controller's regular work. This process ends before that work would be due. */
const notDue = { resyncMs: 1_000, fenceExpiryMs: 600_000 };

/**
 * Compares Kubernetes with NB. Prints what disagrees for as long as --settle-time, and with --repair removes the
 * differences. Only the controller changes rows of claims: it has their lease in mind.
 */
export const check: CommandRun<"check"> = async (context) => {
  const { config, clock, signal, stdout } = context;
  refuseUnnamed(config, "check");
  await using owned = new AsyncDisposableStack();
  const limited = AbortSignal.any([signal, AbortSignal.timeout(config.timeoutMs + config.settleMs)]);
  if (config.adoptCluster !== undefined) return await adopt(context, owned, config.adoptCluster, limited);
  const { allocations, cluster } = await openAllocations(context, owned, limited);
  const first = await survey(allocations, context, limited);
  const firstClaims = await surveyClaims(allocations.view.index, cluster, { signal: limited });
  if (first.length + firstClaims.length > 0) await clock.sleep(config.settleMs, limited);
  let findings = first.length === 0 ? first : lastingFindings(first, await survey(allocations, context, limited));
  if (config.repair && findings.length > 0) findings = await repair(allocations, context, limited, findings);
  const claims =
    firstClaims.length === 0
      ? firstClaims
      : lastingFindings(firstClaims, await surveyClaims(allocations.view.index, cluster, { signal: limited }));
  const lines: readonly Line[] = [...findings, ...claims];
  if (config.output === "table" && lines.length === 0) stdout.write("Kubernetes and the Northbound database agree.\n");
  else writeRows(context, lines, columns);
  return lines.length === 0 ? "ok" : "disagrees";
};

/** Runs instead of the comparison, which does not see rows of another cluster. */
async function adopt(
  context: CommandContext<"check">,
  owned: AsyncDisposableStack,
  old: string,
  signal: AbortSignal,
): Promise<ExitName> {
  const { config, clock, stdout } = context;
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const cluster = await openThisCluster(context, owned, call);
  const keys = await openKeys(context, owned, cluster, call);
  const groups = await adoptCluster(context, { cluster, keys, old }, call);
  const shown = groups.map(({ verdict, allocation, namespace, pod, rows }): Line => {
    return { problem: verdict, allocation, namespace, pod, ports: rows };
  });
  const none = config.repair
    ? "Every row of that cluster is this cluster's now.\n"
    : "There is no row of that cluster.\n";
  if (config.output === "table" && shown.length === 0) stdout.write(none);
  else writeRows(context, shown, columns);
  return shown.length === 0 ? "ok" : "disagrees";
}

function openKeys(
  context: CommandContext<"check">,
  owned: AsyncDisposableStack,
  { client }: Cluster,
  call: CallOptions,
): Promise<TokenKeys> {
  const watching = new AbortController();
  owned.defer(() => {
    watching.abort();
  });
  return openVerificationKeys(context, client, watching.signal, call);
}

async function openThisCluster(
  context: CommandContext<"check">,
  owned: AsyncDisposableStack,
  call: CallOptions,
): Promise<Cluster> {
  const cluster = await openCluster(context, "ovn4nfv-check", createMetrics(), call);
  if (cluster === undefined) throw new AppError("ConfigInvalid", "--kubeconfig none: there is nothing to compare with");
  owned.defer(() => {
    cluster.client.close();
  });
  return cluster;
}

/** Works like a leading controller, until nothing is found or the time is up. A real leader beside it does no harm. */
async function repair(
  allocations: AllocationController,
  context: CommandContext<"check">,
  limited: AbortSignal,
  found: readonly DriftFinding[],
): Promise<readonly DriftFinding[]> {
  const done = new AbortController();
  const leading = allocations.lead(AbortSignal.any([limited, done.signal]));
  let findings = found;
  try {
    while (findings.length > 0) {
      await context.clock.sleep(notDue.resyncMs, limited);
      findings = await survey(allocations, context, limited);
    }
  } catch (caught) {
    if (context.signal.aborted || !limited.aborted) throw caught;
  } finally {
    done.abort();
    await leading;
  }
  return findings;
}

function survey(allocations: AllocationController, { config, clock }: CommandContext<"check">, signal: AbortSignal) {
  // The clock of the process that made the id decides only what people are told here.
  const isStale = (id: string) => ageMs(id, clock.now()) > config.reservationLeaseMs;
  return allocations.survey(isStale, signal);
}

function ageMs(allocation: string, now: number): number {
  try {
    return now - decodeTime(allocation);
  } catch {
    return Number.POSITIVE_INFINITY; // none of our processes made this id
  }
}

async function openAllocations(
  context: CommandContext<"check">,
  owned: AsyncDisposableStack,
  limited: AbortSignal,
): Promise<{ readonly allocations: AllocationController; readonly cluster: Cluster }> {
  const { config, clock, logger } = context;
  const timings = allocationTimings({ ...config, ...notDue });
  const call = { signal: limited, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  const cluster = await openThisCluster(context, owned, call);
  const { client, uid } = cluster;
  const keys = await openKeys(context, owned, cluster, call);
  for (const resource of [resources.pods, resources.nodes]) await mustBeListed(client, resource, call);
  const metrics = createMetrics();
  const quiet = backgroundLogger(logger);
  const nb = new NbFeed({ ...(config.repair ? nbWriterOptions : nbOptions)(config), clock, logger: quiet });
  const running = new AbortController();
  const allocations = new AllocationController({
    nb,
    client,
    cluster: uid,
    keys,
    timings,
    clock,
    metrics,
    logger: quiet,
    // The findings are printed, so there are no Events.
    record: () => {},
  });
  owned.defer(async () => {
    running.abort();
    await Promise.all([allocations.close(), nb.close()]);
  });
  nb.start(running.signal);
  allocations.start(running.signal);
  // This fails with the last failure of the connection, and not only with the end of the time.
  await nb.waitForSession(call);
  try {
    await allocations.whenSynced(limited);
  } catch (cause) {
    if (context.signal.aborted || !limited.aborted) throw cause;
    const message = "pods, nodes and the Northbound database could not all be read in the time of --timeout";
    throw new AppError("DeadlineExceeded", message, { cause });
  }
  return { allocations, cluster };
}
