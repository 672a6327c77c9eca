// The page of a cluster: whoever has a token of the cluster logs in, and sees what he may list.
import packageJson from "../../../../package.json" with { type: "json" };
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { AppError } from "#src/core/errors.ts";
import { createMetrics, processMetrics } from "#src/core/metrics.ts";
import { endListening, startListening } from "#src/health/listening.ts";
import { createOperationsServer } from "#src/health/operations-server.ts";
import { TokenGate } from "#src/view/server/login/token-gate.ts";
import { readPageFiles } from "#src/view/server/page-files.ts";
import { createViewApp } from "#src/view/server/view-app.ts";
import { startSharedServer } from "#src/view/server/view-server.ts";
import { openApiClient } from "../../cluster.ts";
import type { CommandRun } from "../../command.ts";
import { isNorthboundUnnamed } from "../../nb-options.ts";
import { ClusterWatch } from "../cluster-watch.ts";
import { pageFolder } from "../page-folder.ts";
import { openPageCertificate } from "./page-certificate.ts";
import { UserAccounts } from "./user-accounts.ts";

/** Serves the page under the names of the flags until SIGTERM. */
export const serveSharedView: CommandRun<"view"> = async (context) => {
  const { config, clock, logger, signal } = context;
  if (!isNorthboundUnnamed(config)) {
    const why = "the Northbound database knows no rights, and several see this page: leave out --nb";
    throw new AppError("ConfigInvalid", `--page-hosts and --nb exclude each other: ${why}`);
  }
  await using owned = new AsyncDisposableStack();
  const metrics = createMetrics(undefined, processMetrics);
  const client = await openApiClient(context, "ovn4nfv-view", metrics);
  owned.defer(() => {
    client.close();
  });
  let isSynced = false;
  const notReady = () => (isSynced ? [] : ["the objects of the cluster were not read yet"]);
  const told: { accounts?: UserAccounts } = {};
  const operations = createOperationsServer({
    metrics,
    clock,
    notReady,
    beforeScrape: () => {
      metrics.set("ovn4nfv_view_pages", {}, told.accounts?.pages ?? 0);
    },
  });
  const operationsAt = await startListening(operations, config.operationsListen);
  owned.defer(async () => {
    const ended = endListening(operations);
    operations.closeAllConnections();
    await ended;
  });
  const changed = () => told.accounts?.touch();
  const following = (lost: AppError | undefined) => told.accounts?.follows(lost && "the API server does not answer");
  const { namespace } = config;
  const watch = await ClusterWatch.open({ client, clock, logger, metrics, namespace, changed, following }, { signal });
  for (const { kind, why } of watch.omitted) logger.warn({ kind, why }, "a kind is shown to nobody");
  const accounts = new UserAccounts({ context, client, watch, version: packageJson.version });
  told.accounts = accounts;
  const gate = new TokenGate({ accounts, audience: config.pageAudience, clock, logger, metrics, randomBytes });
  owned.defer(() => {
    gate.sessions.close();
  });
  const certificate = await openPageCertificate(context, metrics);
  owned.defer(() => certificate.close());
  const authorities = new Set(config.pageHosts.map((name) => name.toLowerCase()));
  const files = await readPageFiles(pageFolder());
  const app = createViewApp({ gate, authorities: () => authorities, files, logger });
  const server = await startSharedServer(app, config.pageListen, certificate, logger);
  owned.defer(() => server.close());
  isSynced = true;
  logger.info({ page: server.port, operations: operationsAt, hosts: config.pageHosts }, "view serving");
  if (!signal.aborted) await once(signal, "abort");
  return "ok";
};
