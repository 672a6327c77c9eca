// Words and numbers as people read them.
const exactDigits = 9;

/** Prints a decimal number with thin spaces between thousands; one of more than nine digits by its power of ten: `1.84 × 10¹⁹`. */
export function printDecimal(digits: string): string {
  if (!/^\d+$/.test(digits)) return digits;
  if (digits.length <= exactDigits) return digits.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const mantissa = Number(`${digits.slice(0, 1)}.${digits.slice(1, 4)}`).toFixed(2);
  return `${mantissa} × 10${superscript(digits.length - 1)}`;
}

/** The share of `part` in `whole` from 0 to 1, for decimal numbers of any length. */
export function shareOf(part: string, whole: string): number {
  const all = BigInt(whole);
  if (all === 0n) return 0;
  // Two numbers of 64 bits do not fit into one of floating point, but their ratio in millionths does.
  return Number((BigInt(part) * 1_000_000n) / all) / 1_000_000;
}

/** Prints a share as percent. A share that rounds to nothing, but is there, is `<1 %`. */
export function printShare(share: number): string {
  if (share > 0 && share < 0.01) return "<1 %";
  if (share < 1 && share > 0.99) return ">99 %";
  return `${Math.round(share * 100)} %`;
}

/** `1 network`, `2 networks`: the plural adds an s, or is given. */
export function printNumberOf(count: number, one: string, many = `${one}s`): string {
  return `${printDecimal(count.toString())} ${count === 1 ? one : many}`;
}

/** `and 4 936 more`, for things that are counted and not named; "" for none. */
export function printMore(count: number): string {
  return count === 0 ? "" : `and ${printDecimal(count.toString())} more`;
}

function superscript(number: number): string {
  return Array.from(number.toString(), (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)] ?? "").join("");
}
