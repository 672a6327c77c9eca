// A fault of `npm run soak -- hostile`: what goes wrong, and who is told of it. To add one, write it and put it into
// fault-table.ts.
import type { HostileLab } from "./hostile-lab.ts";
import type { Random } from "./random.ts";

/** Something that goes wrong on purpose. One fault happens at a time. */
export interface Fault {
  /** Says in words what happens. */
  readonly name: string;
  /**
   * Makes it happen, waits for as long as it lasts, and puts right what only an operator can. It ends early when the
   * signal aborts, and then puts things right as well.
   */
  readonly run: (lab: HostileLab, random: Random, signal: AbortSignal) => Promise<void>;
  /** Says who was told of it since `lab.since`, and how; undefined as long as nobody was. It is asked again and again. */
  readonly told: (lab: HostileLab) => Promise<string | undefined>;
}

interface VictimFault<V> {
  readonly name: string;
  /** Chooses what the fault happens to. */
  readonly choose: (lab: HostileLab, random: Random) => V | Promise<V>;
  readonly run: (lab: HostileLab, victim: V, signal: AbortSignal) => Promise<void>;
  readonly told: (lab: HostileLab, victim: V) => Promise<string | undefined>;
}

/** A fault that happens to something which is chosen at random. */
export function faultOf<V>({ name, choose, run, told }: VictimFault<V>): Fault {
  let chosen: { readonly victim: V } | undefined;
  return {
    name,
    run: async (lab, random, signal) => {
      chosen = undefined;
      const victim = await choose(lab, random);
      chosen = { victim };
      await run(lab, victim, signal);
    },
    told: async (lab) => (chosen === undefined ? undefined : told(lab, chosen.victim)),
  };
}
