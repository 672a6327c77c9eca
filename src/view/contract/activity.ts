/** `GET /api/activity` answers an Activity: what was given and refused in each minute of the last hour. */
export interface Activity {
  /** The source of the numbers in a sentence, with the time since when they have been counted. */
  readonly countedFrom: string;
  /** 60 minutes, oldest first. */
  readonly minutes: readonly ActivityMinute[];
  /** The newest refusals and faults, newest first, at most 100. */
  readonly refusals: readonly ActivityRefusal[];
}

export interface ActivityMinute {
  /** The beginning of the minute, as RFC 3339. */
  readonly at: string;
  readonly allocations: number;
  readonly releases: number;
  /** By reason, as `PoolExhausted`. */
  readonly refusals: Readonly<Record<string, number>>;
}

export interface ActivityRefusal {
  readonly at: string;
  readonly reason: string;
  readonly message: string;
  /** The object that was refused, as `pod shop/web-0`. */
  readonly about: string;
}
