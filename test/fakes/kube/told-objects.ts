import type { EventNote } from "#src/kube/events/event-series.ts";

/** Keeps what a teller writes to its objects and says about them, in place of the API server. */
export class ToldObjects {
  readonly patches: unknown[] = [];
  readonly notes: EventNote[] = [];
  readonly api = {
    patchIfThere: (_target: unknown, _type: unknown, body: unknown): Promise<boolean> => {
      this.patches.push(body);
      return Promise.resolve(true);
    },
  };
  readonly events = { record: (note: EventNote): void => void this.notes.push(note) };
}
