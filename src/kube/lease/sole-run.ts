// A command that must not run twice at once holds a Lease for as long as it works.
import { AppError } from "#src/core/errors.ts";
import { ResourceApi } from "../client/resource-api.ts";
import { resources } from "../client/resources.ts";
import { defaultLeaseTimings, LeaderElection, type LeaderElectionOptions } from "./lease.ts";
import { type LeaseRecord, readLease } from "./lease-record.ts";

/** Tells the work of the Lease while it runs. */
export interface SoleHold {
  /** Aborts when the Lease is lost, and when the caller gives up. */
  readonly signal: AbortSignal;
  /** The name of another process that has the Lease now; undefined while nobody else has it. */
  readonly otherHolder: () => Promise<string | undefined>;
}

const lookEachMs = 500;
const lookMs = 5_000;

interface SoleRunOptions extends LeaderElectionOptions {
  /** It is told once when another process has the Lease, which may have been killed. */
  readonly onHeld: (holder: string) => void;
}

/**
 * Takes the Lease, does the work, and releases the Lease. While another process renews it, nothing is done: throws `AlreadyRunning` with
 * the name of that process. After a process that was killed it waits for the Lease's duration. Throws `Aborted` when the Lease was lost
 * under the work, or `signal` aborts before it.
 */
export async function soleRun<T>(
  options: SoleRunOptions,
  work: (hold: SoleHold) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { client, namespace, name, identity, clock, onHeld, timings = defaultLeaseTimings } = options;
  const leases = new ResourceApi(client, resources.leases);
  const read = async (within?: AbortSignal): Promise<LeaseRecord | undefined> => {
    const call = { deadlineMs: clock.monotonicMs() + lookMs, ...(within === undefined ? {} : { signal: within }) };
    const lease = await leases.find({ namespace, name }, call);
    return lease === undefined ? undefined : readLease(lease);
  };
  const otherHolder = async (): Promise<string | undefined> => {
    const holder = (await read())?.holder ?? "";
    return holder === "" || holder === identity ? undefined : holder;
  };
  const election = new LeaderElection(options);
  const giveUp = new AbortController();
  const decided = new AbortController();
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
  const attempt = async (within: AbortSignal): Promise<void> => {
    decided.abort();
    try {
      outcome = { value: await work({ signal: within, otherHolder }) };
    } catch (error) {
      // The election would keep an error for itself when the work was interrupted.
      outcome = { error };
    }
  };
  const running = election.run(attempt, AbortSignal.any([signal, giveUp.signal])).finally(() => {
    decided.abort();
  });

  /** Looks whether another process renews the Lease, until we have it. Gives why it cannot be had. */
  async function whyNot(): Promise<AppError | undefined> {
    const untilMs = clock.monotonicMs() + 2 * timings.leaseDurationMs + lookMs;
    let first: LeaseRecord | undefined;
    let isSaid = false;
    while (!decided.signal.aborted) {
      const now = await read(decided.signal);
      const isOthers = now !== undefined && now.holder !== "" && now.holder !== identity;
      if (isOthers && !isSaid) onHeld(now.holder);
      isSaid ||= isOthers;
      if (isOthers && first?.holder === now.holder && first.renewTime !== now.renewTime) return taken(now.holder);
      first = isOthers ? now : undefined;
      if (clock.monotonicMs() >= untilMs) {
        return new AppError("DeadlineExceeded", `the Lease ${namespace}/${name} could not be taken`);
      }
      await clock.sleep(lookEachMs, decided.signal).catch(() => undefined);
    }
    return undefined;
  }

  function taken(holder: string): AppError {
    const cure = "wait for its end, or stop it, and try again";
    return new AppError(
      "AlreadyRunning",
      `${holder} does the same now, and holds the Lease ${namespace}/${name}; ${cure}`,
    );
  }

  let refused: unknown;
  try {
    refused = await whyNot();
  } catch (caught) {
    if (!decided.signal.aborted) refused = caught;
  }
  if (refused !== undefined && !election.isLeader) giveUp.abort();
  const ended = await running;
  if (giveUp.signal.aborted) throw refused;
  if (outcome !== undefined && "value" in outcome) return outcome.value;
  if (outcome !== undefined && ended === "stopped") throw outcome.error;
  if (ended === "stopped") throw new AppError("Aborted", "the run was told to end");
  throw new AppError("Aborted", `the Lease ${namespace}/${name} was lost`, { cause: outcome?.error });
}
