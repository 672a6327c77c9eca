// `ovn4nfv view`: serves a page that shows the network live, to the browser of whoever started it and to nobody else.
import packageJson from "../../../package.json" with { type: "json" };
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { LiveStream } from "#src/view/live/live-stream.ts";
import { LinkGate } from "#src/view/server/link-gate.ts";
import { PageAccess } from "#src/view/server/page-access.ts";
import { readPageFiles } from "#src/view/server/page-files.ts";
import { loopbackAuthorities } from "#src/view/server/request-guard.ts";
import { createViewApp } from "#src/view/server/view-app.ts";
import { loopback, startViewServer } from "#src/view/server/view-server.ts";
import type { CommandRun } from "../command.ts";
import { ActivityLog, allocationsOf } from "./activity/activity-log.ts";
import { allItems } from "./items/all-items.ts";
import { noCluster, type ViewFacts } from "./items/view-facts.ts";
import { type FollowedSource, LiveView } from "./live-view.ts";
import { pageFolder } from "./page-folder.ts";
import { SeenSteps } from "./pod/seen-steps.ts";
import { serveSharedView } from "./viewers/shared-view.ts";
import { viewAnswers } from "./view-answers.ts";
import { openViewSources, type ViewSources } from "./view-sources.ts";

/** Serves the page until the program is interrupted: by a printed link, or to all who log in where names for it are given. */
export const view: CommandRun<"view"> = (context) =>
  context.config.pageHosts.length === 0 ? serveByLink(context) : serveSharedView(context);

const serveByLink: CommandRun<"view"> = async (context) => {
  const { config, clock, logger, signal, stdout } = context;
  await using owned = new AsyncDisposableStack();
  const call = { signal, deadlineMs: clock.monotonicMs() + config.timeoutMs };
  // Nothing is told before the first objects are there.
  const told: { view?: LiveView; omitted?: string } = {};
  const lost = new Map<FollowedSource, string | undefined>();
  const listener = {
    changed: () => {
      if (told.view === undefined) return;
      told.view.touch();
      tellOmitted();
    },
    following: (source: FollowedSource, why: string | undefined) => {
      lost.set(source, why);
      told.view?.follows(source, why);
    },
  };
  const sources = await openViewSources(context, listener, owned, call);
  const facts = (): ViewFacts => factsOf(sources);
  const log = new ActivityLog(clock.now());
  const steps = new SeenSteps();
  const view = new LiveView({
    about: () => aboutOf(sources),
    items: () => {
      const items = allItems(facts(), config.namespace);
      log.observe(allocationsOf(items), clock.now());
      steps.observe(items, clock.now());
      return items;
    },
    clock,
    changed: (change) => {
      live.send("change", change);
    },
    stateChanged: (state) => {
      live.send("state", state);
    },
  });
  const live = new LiveStream(view, clock);
  owned.defer(() => {
    view.close();
    live.close();
  });
  view.refresh();
  for (const [source, why] of lost) view.follows(source, why);
  told.view = view;
  function tellOmitted(): void {
    const omitted = JSON.stringify(sources.watch?.omitted);
    if (told.omitted !== undefined && told.omitted !== omitted) live.sendWhole();
    told.omitted = omitted;
  }
  tellOmitted();
  const access = new PageAccess(randomBytes);
  const files = await readPageFiles(pageFolder());
  let authorities: ReadonlySet<string> = new Set();
  const answers = viewAnswers({ context, sources, view, log, steps });
  const gate = new LinkGate(access, { live, answers });
  const app = createViewApp({ gate, authorities: () => authorities, files, logger });
  const server = await startViewServer(app, config.pageListen);
  owned.defer(() => server.close());
  authorities = loopbackAuthorities(server.port);
  stdout.write(greeting(sources, `http://${loopback}:${server.port}/?token=${access.token ?? ""}`));
  if (!signal.aborted) await once(signal, "abort");
  return "ok";
};

function factsOf({ nb, watch, clusterUid }: ViewSources): ViewFacts {
  return { nb, clusterUid, cluster: watch?.facts() ?? noCluster };
}

function aboutOf({ nb, watch }: ViewSources) {
  return {
    source: watch === undefined ? ("northbound" as const) : ("cluster" as const),
    sees: nb === undefined ? ("what you may read" as const) : ("everything" as const),
    version: packageJson.version,
    omitted: [
      ...(watch?.omitted ?? []),
      ...(nb === undefined
        ? [{ kind: "router" as const, why: "the Northbound database is not read: name it with --nb" }]
        : []),
    ],
  };
}

function greeting({ nb, watch }: ViewSources, link: string): string {
  const shown = nb === undefined ? "what you may read in the cluster" : "everything in the Northbound database";
  const omitted = (watch?.omitted ?? []).map(({ kind, why }) => `not shown: ${kind}: ${why}\n`).join("");
  return `Shows ${shown}. The link works once, in one browser of this machine:\n\n  ${link}\n\n${omitted}Ctrl-C ends it.\n`;
}
