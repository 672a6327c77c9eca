// Parsers for each kind of value that a flag may have. They read the text that a user writes.

export interface SocketAddress {
  /** An IP address or host name; `::` listens on all addresses of both families. */
  readonly host: string;
  readonly port: number;
}

interface Accepted<T> {
  readonly ok: true;
  readonly value: T;
}

interface Rejected {
  readonly ok: false;
  /** A noun phrase that describes a right value: `a duration such as 30s, 2m or 1h30m`. */
  readonly expected: string;
}

export type ParsedValue<T> = Accepted<T> | Rejected;

/** Bounds of a number, in the unit of the parsed value (milliseconds, bytes). */
export interface ValueBounds {
  readonly min?: number;
  readonly max?: number;
}

const durationUnitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const sizeUnits: Readonly<Record<string, number>> = { "": 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

const yes = new Set(["true", "yes", "on", "1"]);
const no = new Set(["false", "no", "off", "0"]);

const durationExample = "a duration such as 500ms, 30s, 2m or 1h30m";
const sizeExample = "a size such as 4096, 512KiB or 3MiB";

/** Each parser takes the text and gives the value, or says which value it expected. */
export const valueParsers = {
  string: (text: string): ParsedValue<string> => accept(text),
  bool: (text: string): ParsedValue<boolean> => {
    const word = text.toLowerCase();
    if (yes.has(word)) return accept(true);
    return no.has(word) ? accept(false) : reject("true or false");
  },
  int: (text: string): ParsedValue<number> =>
    /^-?\d{1,15}$/.test(text) ? accept(Number(text)) : reject("a whole number"),
  duration: (text: string): ParsedValue<number> => {
    if (text === "0") return accept(0);
    if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return reject(durationExample);
    let totalMs = 0;
    for (const [, amount = "", unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
      totalMs += Number(amount) * (durationUnitsMs[unit] ?? Number.NaN);
    }
    return Number.isSafeInteger(Math.round(totalMs)) ? accept(Math.round(totalMs)) : reject(durationExample);
  },
  size: (text: string): ParsedValue<number> => {
    const match = /^(\d{1,15})(B|KiB|MiB|GiB)?$/.exec(text);
    const bytes = match === null ? Number.NaN : Number(match[1]) * (sizeUnits[match[2] ?? ""] ?? Number.NaN);
    return Number.isSafeInteger(bytes) ? accept(bytes) : reject(sizeExample);
  },
  list: (text: string): ParsedValue<readonly string[]> =>
    accept(
      text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
    ),
  address: (text: string): ParsedValue<SocketAddress> => {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
    const port = Number(match?.[3] ?? Number.NaN);
    if (match === null || port > 65_535) return reject("host:port or [IPv6 address]:port, such as :9443 or [::1]:9443");
    const host = match[1] ?? match[2] ?? "";
    return accept({ host: host === "" ? "::" : host, port });
  },
} as const;

export function parseEnum<const V extends string>(text: string, values: readonly V[]): ParsedValue<V> {
  const value = values.find((candidate) => candidate === text);
  return value === undefined ? reject(`one of ${values.join(", ")}`) : accept(value);
}

function accept<T>(value: T): Accepted<T> {
  return { ok: true, value };
}

function reject(expected: string): Rejected {
  return { ok: false, expected };
}
