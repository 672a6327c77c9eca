import type { JSX } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { keepScheme, nextScheme, readScheme } from "./color-scheme.ts";

const labels = { system: "Auto", light: "Light", dark: "Dark" } as const;
const memory = (): Storage => localStorage;

/** Chooses light or dark, or what the system says. */
export function ColorSwitch(): JSX.Element {
  const [scheme, choose] = useState(() => readScheme(memory));
  useLayoutEffect(() => {
    document.documentElement.dataset["scheme"] = scheme;
    keepScheme(memory, scheme);
  }, [scheme]);
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`Colours: ${labels[scheme]}. Press for ${labels[nextScheme(scheme)]}.`}
      onClick={() => choose(nextScheme(scheme))}
    >
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6" />
        <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor" />
      </svg>
      {labels[scheme]}
    </button>
  );
}
