import type { PodMetadata } from "#src/api/pod/pod-metadata.ts";
import type { AllocationAction } from "./allocation-actions.ts";
import type { PortRow } from "./allocation-rows.ts";

/** The names of the switches that a port is on. */
export type SwitchesOf = (port: PortRow) => readonly string[];

/** A port that somebody took off its second switch changes no row of ours, so it is looked for after this time. */
const checkAgainMs = 60_000;

/**
 * Takes the ports out of the actions that somebody put on a second logical switch, and reports them. Nobody knows which
 * of the switches is meant. So such a port is neither deleted nor corrected, and its addresses stay held on each of them.
 */
export function leaveMisplaced(
  actions: readonly AllocationAction[],
  pods: readonly PodMetadata[],
  rows: readonly PortRow[],
  switchesOf: SwitchesOf,
): readonly AllocationAction[] {
  const misplaced = rows.filter((row) => switchesOf(row).length > 1);
  const [first] = misplaced;
  if (first === undefined) return actions;
  const pod = pods.find(({ metadata }) => metadata.uid === first.owner.podUid);
  const switches = [...new Set(misplaced.flatMap(switchesOf))];
  return [
    ...actions.flatMap((action) => withoutPorts(action, new Set(misplaced))),
    { do: "leave-alone", pod, rows: misplaced, switches },
    { do: "check-again", afterMs: checkAgainMs },
  ];
}

function withoutPorts(action: AllocationAction, misplaced: ReadonlySet<PortRow>): AllocationAction[] {
  switch (action.do) {
    case "release":
      return [{ ...action, rows: action.rows.filter((row) => !misplaced.has(row)) }];
    case "sweep":
    case "drop-attempts":
    case "unplug":
    case "delete-unowned": {
      const rows = action.rows.filter((row) => !misplaced.has(row));
      return rows.length === 0 ? [] : [{ ...action, rows }];
    }
    case "correct": {
      const names = new Set([...misplaced].map(({ name }) => name));
      const changed = action.changed.filter((name) => !names.has(name));
      return changed.length === 0 ? [] : [{ ...action, changed }];
    }
    default:
      return [action];
  }
}
