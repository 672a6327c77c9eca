import type { CallOptions } from "#src/core/deadline.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";
import { createMetrics } from "#src/core/metrics.ts";
import { controllerTables } from "#src/controllers/northbound/controller-tables.ts";
import type { ApiClient } from "#src/kube/client/api-client.ts";
import type { HttpsApiClient } from "#src/kube/client/https-api-client.ts";
import { backgroundLogger } from "../background-logger.ts";
import { noKubernetes, openApiClient, readClusterUid } from "../cluster.ts";
import type { CommandContext } from "../command.ts";
import { missingRight } from "../missing-right.ts";
import { isNorthboundUnnamed, nbOptions } from "../nb-options.ts";
import { NbReading } from "../nb-reading.ts";
import { ClusterWatch } from "./cluster-watch.ts";
import type { FollowedSource } from "./live-view.ts";

/** Where the page gets its data. At least one of both is there. */
export interface ViewSources {
  readonly nb: NbReading | undefined;
  readonly client: ApiClient | undefined;
  readonly watch: ClusterWatch | undefined;
  /** Undefined when it is not known, or nobody may read it. */
  readonly clusterUid: string | undefined;
}

/** Is told of changes, and when a source is lost and found again. */
export interface SourceListener {
  readonly changed: () => void;
  readonly following: (source: FollowedSource, lost: string | undefined) => void;
}

type Context = CommandContext<"view">;
type Call = CallOptions & { readonly signal: AbortSignal };

/**
 * Opens the Northbound database where it is named or this machine has its socket, and the cluster where there is one. A database that was named
 * must answer; a kubeconfig that was found may lead nowhere when there is a database.
 */
export async function openViewSources(
  context: Context,
  listener: SourceListener,
  owned: AsyncDisposableStack,
  call: Call,
): Promise<ViewSources> {
  const { config, clock, logger } = context;
  const nb = isNorthboundUnnamed(config)
    ? undefined
    : owned.use(
        await NbReading.open(
          {
            nb: nbOptions(config),
            clock,
            logger,
            tables: controllerTables,
            changed: listener.changed,
            following: (lost) => {
              listener.following("northbound", lost && `the Northbound database does not answer: ${lost.message}`);
            },
          },
          call,
        ),
      );
  if (config.kubeconfig === noKubernetes) {
    if (nb === undefined)
      throw new AppError("ConfigInvalid", "--kubeconfig none needs a Northbound database: name it with --nb");
    return { nb, client: undefined, watch: undefined, clusterUid: undefined };
  }
  try {
    return { nb, ...(await openCluster(context, listener, owned, call)) };
  } catch (caught) {
    if (nb === undefined || config.kubeconfig !== undefined || call.signal.aborted) throw caught;
    logger.warn({ err: fromUnknown(caught) }, "no cluster answers, showing the northbound database alone");
    return { nb, client: undefined, watch: undefined, clusterUid: undefined };
  }
}

async function openCluster(context: Context, listener: SourceListener, owned: AsyncDisposableStack, call: Call) {
  const { config, clock, logger } = context;
  const metrics = createMetrics();
  const client = await openApiClient(context, "ovn4nfv-view", metrics);
  owned.defer(() => {
    client.close();
  });
  const parts = { client, clock, logger: backgroundLogger(logger), metrics, changed: listener.changed };
  const following = (lost: AppError | undefined) => {
    listener.following("cluster", lost && `the API server does not answer: ${lost.message}`);
  };
  const [watch, clusterUid] = await Promise.all([
    ClusterWatch.open({ ...parts, following, namespace: config.namespace }, call),
    knownClusterUid(client, call),
  ]);
  return { client, watch, clusterUid };
}

/** The UID of the cluster; undefined for a user who may not read it. */
async function knownClusterUid(client: HttpsApiClient, call: CallOptions): Promise<string | undefined> {
  try {
    return await readClusterUid(client, call);
  } catch (caught) {
    if (missingRight(caught) === undefined) throw caught;
    return undefined;
  }
}
