import type { CallOptions } from "#src/core/deadline.ts";
import { fromUnknown } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { type Cluster, type KubeContext, openCluster } from "../cluster.ts";
import type { CommandContext } from "../command.ts";

type Context = KubeContext & Pick<CommandContext<"networks">, "logger" | "signal">;

/**
 * Reads something of the cluster for a command that is about NB. Undefined when there is no cluster, or when one that nobody named
 * does not answer in half the time: NB alone is shown then.
 */
export async function readQuietly<T>(
  context: Context,
  userAgent: string,
  call: CallOptions,
  work: (cluster: Cluster, call: CallOptions) => Promise<T>,
): Promise<T | undefined> {
  const { config, clock, logger, signal } = context;
  const attempt = async (options: CallOptions): Promise<T | undefined> => {
    const cluster = await openCluster(context, userAgent, createMetrics(), options);
    try {
      return cluster && (await work(cluster, options));
    } finally {
      cluster?.client.close();
    }
  };
  // A file that the user named must be right. A file that was found automatically may lead nowhere.
  if (config.kubeconfig !== undefined) return attempt(call);
  const halfMs = (clock.monotonicMs() + (call.deadlineMs ?? 0)) / 2;
  try {
    return await attempt({ ...call, deadlineMs: halfMs });
  } catch (caught) {
    if (signal.aborted) throw caught;
    logger.debug({ err: fromUnknown(caught) }, "no cluster answers, showing the northbound database alone");
    return undefined;
  }
}
