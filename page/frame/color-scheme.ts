/** Follow the system, or be light or dark whatever it says. */
export type ColorScheme = "system" | "light" | "dark";

/** The part of `localStorage` that is used. A browser may forbid it, then the choice lasts until the page is closed. */
interface Memory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const memoryKey = "ovn4nfv.color-scheme";
const order: readonly ColorScheme[] = ["system", "light", "dark"];

export function readScheme(memory: () => Memory): ColorScheme {
  try {
    const found = memory().getItem(memoryKey);
    return order.find((scheme) => scheme === found) ?? "system";
  } catch {
    return "system";
  }
}

export function keepScheme(memory: () => Memory, scheme: ColorScheme): void {
  try {
    memory().setItem(memoryKey, scheme);
  } catch {
    // The choice lasts until the page is closed.
  }
}

/** The scheme that a press of the switch chooses. */
export function nextScheme(scheme: ColorScheme): ColorScheme {
  return order[(order.indexOf(scheme) + 1) % order.length] ?? "system";
}
