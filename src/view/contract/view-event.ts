import type { ViewItem, ViewKind } from "./view-item.ts";

/** A kind that is not shown, or not whole, and why. */
export interface ViewOmission {
  readonly kind: ViewKind;
  /** In a sentence, as `you may not list pods`. */
  readonly why: string;
}

/**
 * The event `snapshot` of `GET /api/events`: all that there is. It is the first event of each connection, and comes again
 * when the server has read everything anew; what the page knew from before is then forgotten.
 */
export interface ViewSnapshot {
  /** `northbound` alone, or `cluster` for the objects of Kubernetes as well. */
  readonly source: "northbound" | "cluster";
  /** `everything` where the Northbound database is read, which knows no namespaces. */
  readonly sees: "everything" | "what you may read";
  /** The name of who has logged in. Absent where a link leads in, and nobody logs in. */
  readonly user?: string;
  /** The version of the program. */
  readonly version: string;
  /** The server's time, as RFC 3339. */
  readonly at: string;
  readonly items: readonly ViewItem[];
  readonly omitted: readonly ViewOmission[];
}

/** The event `change` of `GET /api/events`: what became of the objects in about the last 100 ms. */
export interface ViewChange {
  readonly at: string;
  /** Each is whole and takes the place of what had the same key. */
  readonly items: readonly ViewItem[];
  /** The keys of what is no longer there. */
  readonly gone: readonly string[];
}

/** The event `state` of `GET /api/events`: whether what is shown is kept up to date. It is sent when that changes. */
export interface ViewState {
  readonly at: string;
  readonly live: boolean;
  /** Why it is not, in a sentence. Absent when it is. */
  readonly why?: string;
}

/** The event `beat` of `GET /api/events`: the server is there, although nothing changes. It comes every 15 seconds. */
export interface ViewBeat {
  readonly at: string;
}

/** The data of each event by its name, as JSON in one line. */
export interface ViewEvents {
  readonly snapshot: ViewSnapshot;
  readonly change: ViewChange;
  readonly state: ViewState;
  readonly beat: ViewBeat;
}

/**
 * The body of each answer that is not 2xx: 400 for a wrong query, 401 without the cookie, 403 for another Host or Origin, 404 for
 * what is not there, 405 for other methods than GET, 503 while the data cannot be read or too many are connected.
 */
export interface ViewError {
  /** One word: a code that `ovn4nfv explain` knows, or one of the page's server, as `NoSession`, `NotFound` or `TooMany`. */
  readonly code: string;
  readonly message: string;
}
