// Addresses, prefixes, MACs and ranges as pure values over bigint. Nothing here does I/O, and only address-space.ts
// has state. Functions of this folder give `undefined` for what cannot be: a text that is no address, a length that
// no prefix has.

export type Family = 4 | 6;

/** An IPv4 or IPv6 address as an unsigned number of 32 or 128 bits. */
export interface IpAddress {
  readonly family: Family;
  readonly value: bigint;
}

/** The number of bits of an address of each family. */
export const addressBits = { 4: 32, 6: 128 } as const satisfies Record<Family, number>;

/**
 * Reads dotted decimal IPv4 (four parts without leading zeros) or IPv6 by RFC 4291 section 2.2, where upper case and
 * a dotted tail are allowed. A text with a zone, brackets, a mask or blanks is no address.
 */
export function parseIp(text: string): IpAddress | undefined {
  const family = text.includes(":") ? 6 : 4;
  const value = family === 6 ? parseIpv6(text) : parseIpv4(text);
  return value === undefined ? undefined : { family, value };
}

/** Prints the canonical text: dotted decimal, or RFC 5952 (with a dotted tail for `::ffff:0:0/96`). */
export function printIp(ip: IpAddress): string {
  return ip.family === 4 ? printIpv4(Number(ip.value)) : printIpv6(ip.value);
}

export function equalIp(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.value === b.value;
}

/** Compares for sorting: IPv4 comes before IPv6, then the value decides. */
export function compareIp(a: IpAddress, b: IpAddress): -1 | 0 | 1 {
  if (a.family !== b.family) return a.family < b.family ? -1 : 1;
  if (a.value === b.value) return 0;
  return a.value < b.value ? -1 : 1;
}

/** The address `n` places further on, or back when `n` is negative. `undefined` past either end of the family. */
export function offsetIp(ip: IpAddress, n: bigint): IpAddress | undefined {
  const value = ip.value + n;
  // The shift keeps the sign, so a negative value is not 0 either.
  const isInFamily = value >> BigInt(addressBits[ip.family]) === 0n;
  return isInFamily ? { family: ip.family, value } : undefined;
}

const dot = 0x2e;
const zero = 0x30;
const hexGroup = /^[0-9a-f]{1,4}$/i;
const groupCount = 8;

function parseIpv4(text: string): bigint | undefined {
  let value = 0;
  let octets = 0;
  let octet: number | undefined;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : dot;
    if (code === dot) {
      if (octet === undefined) return undefined;
      value = value * 256 + octet;
      octets += 1;
      octet = undefined;
      continue;
    }
    const digit = code - zero;
    // An octet that goes on after a zero has a leading zero.
    if (digit < 0 || digit > 9 || octet === 0) return undefined;
    octet = (octet ?? 0) * 10 + digit;
    if (octet > 255) return undefined;
  }
  return octets === 4 ? BigInt(value) : undefined;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const isShortened = tail !== undefined;
  const tailGroups = withoutDottedTail(isShortened ? tail : (head ?? []));
  const headGroups = isShortened ? (head ?? []) : [];
  if (tailGroups === undefined) return undefined;
  const given = headGroups.length + tailGroups.length;
  if (isShortened ? given >= groupCount : given !== groupCount) return undefined;
  const zeros = Array.from({ length: groupCount - given }, () => "0");
  const groups = [...headGroups, ...zeros, ...tailGroups];
  if (!groups.every((group) => hexGroup.test(group))) return undefined;
  return BigInt(`0x${groups.map((group) => group.padStart(4, "0")).join("")}`);
}

/** Writes a last group like `192.0.2.1` as two hexadecimal groups. */
function withoutDottedTail(groups: readonly string[]): readonly string[] | undefined {
  const last = groups.at(-1);
  if (last?.includes(".") !== true) return groups;
  const value = parseIpv4(last);
  if (value === undefined) return undefined;
  return [...groups.slice(0, -1), (value >> 16n).toString(16), (value & 0xffffn).toString(16)];
}

function printIpv4(value: number): string {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join(".");
}

function printIpv6(value: bigint): string {
  if (value >> 32n === 0xffffn) return `::ffff:${printIpv4(Number(value & 0xffff_ffffn))}`;
  const groups = Array.from({ length: groupCount }, (_, i) => (value >> BigInt(16 * (7 - i))) & 0xffffn);
  const zeros = longestZeroRun(groups);
  const print = (part: readonly bigint[]): string => part.map((group) => group.toString(16)).join(":");
  if (zeros.length < 2) return print(groups);
  return `${print(groups.slice(0, zeros.start))}::${print(groups.slice(zeros.start + zeros.length))}`;
}

/** Finds the first of the longest runs of zero groups (RFC 5952 section 4.2.3). */
function longestZeroRun(groups: readonly bigint[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  for (const [i, group] of groups.entries()) {
    length = group === 0n ? length + 1 : 0;
    if (length > longest.length) longest = { start: i + 1 - length, length };
  }
  return longest;
}
