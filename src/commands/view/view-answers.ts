import { PageFaultError } from "#src/view/server/page-faults.ts";
import type { ViewAnswers } from "#src/view/server/view-app.ts";
import type { CommandContext } from "../command.ts";
import type { LiveView } from "./live-view.ts";
import { networkSpace } from "./space/network-space.ts";
import type { ViewSources } from "./view-sources.ts";

/** Answers what the page asks about one object. */
export function viewAnswers(_context: CommandContext<"view">, { nb }: ViewSources, _view: LiveView): ViewAnswers {
  const notYet = (): Promise<never> =>
    Promise.reject(new PageFaultError("NotFound", "this version does not tell that yet"));
  return {
    network: (name, query) => Promise.try(() => networkSpace(mustRead(nb), name, query)),
    pod: notYet,
    trace: notYet,
    activity: notYet,
  };
}

function mustRead<T>(nb: T | undefined): T {
  if (nb === undefined) throw new PageFaultError("NoDatabase");
  return nb;
}
