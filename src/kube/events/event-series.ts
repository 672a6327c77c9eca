/** The object that an Event is about. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly uid: string;
}

export interface EventNote {
  readonly subject: EventSubject;
  readonly type: "Normal" | "Warning";
  /** The reason, in UpperCamelCase. Codes of refusals are reasons. */
  readonly reason: string;
  readonly message: string;
}

/** Repeated notes about one subject with one reason. They share one Event object with a count. */
export interface EventSeries {
  readonly namespace: string;
  /** Name of the Event object. */
  readonly name: string;
  readonly count: number;
  /** The time by the wall clock, for humans. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Notes with the same key are one series. */
export function seriesKey({ subject, type, reason }: EventNote): string {
  return [subject.kind, subject.uid, subject.namespace, subject.name, type, reason].join("\n");
}

/** Begins a series. The name of its Event object is a DNS subdomain of at most 253 characters. */
export function newSeries(note: EventNote, at: number, count: number, random: () => number): EventSeries {
  const suffix = `${at.toString(16)}${Math.floor(random() * 2 ** 32).toString(16)}`;
  const name = `${note.subject.name.slice(0, 252 - suffix.length).replace(/[.-]+$/, "")}.${suffix}`;
  return { namespace: note.subject.namespace ?? "default", name, count, firstAt: at, lastAt: at };
}

const maxMessage = 1024;

/** The Event object (core/v1) of a new series. `component` is the program that reports it, such as `ovn4nfv-controller`. */
export function eventBody(note: EventNote, series: EventSeries, component: string, instance: string): object {
  const { subject, type, reason } = note;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: series.name, namespace: series.namespace },
    involvedObject: { ...subject },
    type,
    reason,
    message: note.message.slice(0, maxMessage),
    source: { component },
    reportingComponent: component,
    reportingInstance: instance,
    firstTimestamp: new Date(series.firstAt).toISOString(),
    lastTimestamp: new Date(series.lastAt).toISOString(),
    count: series.count,
  };
}

/** The merge patch for a series that goes on. The Event then shows the newest message. */
export function seriesPatch(note: EventNote, series: EventSeries): object {
  return {
    count: series.count,
    lastTimestamp: new Date(series.lastAt).toISOString(),
    message: note.message.slice(0, maxMessage),
  };
}
