import type { Fault } from "./fault.ts";
import { bridge } from "./faults/bridge.ts";
import { clocks } from "./faults/clocks.ts";
import { definitions } from "./faults/definitions.ts";
import { northbound } from "./faults/northbound.ts";
import { ovnProcesses } from "./faults/ovn-processes.ts";
import { ownProcesses } from "./faults/own-processes.ts";
import { restores } from "./faults/restores.ts";
import { rows } from "./faults/rows.ts";

/** Every fault of `npm run soak -- hostile`. */
export const faultTable: readonly Fault[] = [
  ...ownProcesses,
  ...ovnProcesses,
  ...northbound,
  ...restores,
  ...rows,
  ...bridge,
  ...definitions,
  ...clocks,
];
