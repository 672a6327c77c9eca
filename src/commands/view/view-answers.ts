import { PageFaultError } from "#src/view/server/page-faults.ts";
import type { ViewAnswers } from "#src/view/server/view-app.ts";
import type { CommandContext } from "../command.ts";
import type { LiveView } from "./live-view.ts";
import type { ViewSources } from "./view-sources.ts";

/** Answers what the page asks about one object. */
export function viewAnswers(_context: CommandContext<"view">, _sources: ViewSources, _view: LiveView): ViewAnswers {
  const notYet = (): Promise<never> =>
    Promise.reject(new PageFaultError("NotFound", "this version does not tell that yet"));
  return { network: notYet, pod: notYet, trace: notYet, activity: notYet };
}
