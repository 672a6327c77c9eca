import type { ViewItem, ViewPod } from "#src/view/contract/view-item.ts";

/** The times at which steps of an allocation were seen to be done; undefined for those that nobody saw. */
export interface SeenTimes {
  readonly boundMs: number | undefined;
  readonly upMs: number | undefined;
}

interface Known {
  isBound: boolean;
  isUp: boolean;
  times: SeenTimes;
}

const unseen: SeenTimes = { boundMs: undefined, upMs: undefined };

/**
 * Remembers of each allocation when its ports became those of a stored pod, and when chassis had them all, because the databases keep no times.
 * It knows only what happened since its first look.
 */
export class SeenSteps {
  #known: ReadonlyMap<string, Known> | undefined;

  observe(items: Iterable<ViewItem>, nowMs: number): void {
    const next = new Map<string, Known>();
    for (const item of items) {
      if (item.kind !== "pod" || item.allocation === undefined) continue;
      const before = this.#known?.get(item.allocation);
      next.set(item.allocation, this.#seen(item, before, nowMs));
    }
    this.#known = next;
  }

  of(allocation: string | undefined): SeenTimes {
    return this.#known?.get(allocation ?? "")?.times ?? unseen;
  }

  #seen({ state, interfaces }: ViewPod, before: Known | undefined, nowMs: number): Known {
    const isBound = state === "bound";
    const isUp = interfaces.length > 0 && interfaces.every(({ up }) => up === true);
    // The first look sees what is there, and not when it came.
    const isFirst = this.#known === undefined;
    const timeOf = (is: boolean, was: boolean | undefined, at: number | undefined): number | undefined => {
      if (!is) return undefined;
      if (was === true) return at;
      return isFirst ? undefined : nowMs;
    };
    const { boundMs, upMs } = before?.times ?? unseen;
    return {
      isBound,
      isUp,
      times: { boundMs: timeOf(isBound, before?.isBound, boundMs), upMs: timeOf(isUp, before?.isUp, upMs) },
    };
  }
}
