import { Debounce } from "../debounce/debounce.ts";
import type { AllocationAction } from "./allocation-actions.ts";

/**
 * The time that a port of a running pod may be down: ovn-controller restarts, or northd is slow. Whoever attaches interfaces to pods that
 * run has as long.
 */
const portDownMs = 30_000;

/**
 * Says which actions must wait, because the finding behind them may pass by itself: the informer is behind NB, or NB
 * behind the informer. It lasts when it is made again after a time.
 */
export class ActionPatience {
  readonly #debounce: Debounce;
  readonly #downDebounce = new Debounce(portDownMs);

  constructor(settleMs: number) {
    this.#debounce = new Debounce(settleMs);
  }

  /**
   * Takes everything that is due for an allocation at this moment. Gives the milliseconds that an action must still
   * wait; an action that is not among them may be done.
   */
  observe(id: string, actions: readonly AllocationAction[], nowMs: number): ReadonlyMap<AllocationAction, number> {
    const isOfChassis = ({ do: kind }: AllocationAction): boolean =>
      kind === "report-down" || kind === "report-unattached";
    const down = actions.filter(isOfChassis);
    const others = actions.filter((action) => !isOfChassis(action));
    return new Map([...waits(this.#debounce, id, others, nowMs), ...waits(this.#downDebounce, id, down, nowMs)]);
  }
}

function waits(
  debounce: Debounce,
  id: string,
  actions: readonly AllocationAction[],
  nowMs: number,
): (readonly [AllocationAction, number])[] {
  const findings = actions.flatMap((action) => {
    const finding = findingBehind(action);
    return finding === undefined ? [] : [{ action, finding }];
  });
  const leftMs = debounce.observe(
    id,
    findings.map(({ finding }) => finding),
    nowMs,
  );
  return findings.flatMap(({ action, finding }) => {
    const waitMs = leftMs.get(finding) ?? 0;
    return waitMs > 0 ? [[action, waitMs] as const] : [];
  });
}

/**
 * Names the finding behind an action that must last before it is acted on; undefined when the action is done at once.
 */
function findingBehind(action: AllocationAction): string | undefined {
  switch (action.do) {
    case "delete-unowned":
      return `delete-unowned ${action.podUid}`;
    case "re-create":
      return `re-create ${action.pod.metadata.uid ?? ""} ${action.missing.join(" ")}`;
    case "correct":
      return `correct ${action.pod.metadata.uid ?? ""} ${action.changed.join(" ")}`;
    case "drop-attempts": {
      // A reservation has waited for its lease, or is known to be lost.
      const bound = action.rows.filter(({ owner }) => owner.podUid !== "");
      return bound.length === 0 ? undefined : `drop-attempts ${bound.map(({ uuid }) => uuid).join(" ")}`;
    }
    case "report":
      return action.problem === "replayed" ? `replayed ${action.pod.metadata.uid ?? ""}` : undefined;
    case "drop-rules":
      return `drop-rules ${action.rules.map(({ uuid }) => uuid).join(" ")}`;
    case "report-unattached":
      return `unattached ${action.pod.metadata.uid ?? ""} ${action.interfaces.join(" ")}`;
    case "report-down":
      return `${action.pod.metadata.uid ?? ""} ${action.down.join(" ")}`;
    default:
      return undefined;
  }
}
