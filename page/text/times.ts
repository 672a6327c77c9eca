/** Prints a duration as people say it: `12 ms`, `1.4 s`, `3 min 5 s`, `2 h 10 min`. */
export function printDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The time of day of an RFC 3339 time in the zone of the reader, with seconds. A text that is no time stays as it is. */
export function printTimeOfDay(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const part = (value: number): string => value.toString().padStart(2, "0");
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(part).join(":");
}

/** The same with the date in front, in the order of ISO 8601. */
export function printTime(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const part = (value: number): string => value.toString().padStart(2, "0");
  return `${date.getFullYear()}-${part(date.getMonth() + 1)}-${part(date.getDate())} ${printTimeOfDay(at)}`;
}
