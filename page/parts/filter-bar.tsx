import type { JSX } from "preact";
import type { Signal } from "@preact/signals";
import type { Filter } from "./filter.ts";

interface FilterBarProps {
  readonly filter: Signal<Filter>;
  /** The things that are filtered, as `pods`. */
  readonly what: string;
  /** Without namespaces there is no choice of one. */
  readonly namespaces: readonly string[];
  /** The number of what is left, in words. */
  readonly result: string;
}

/** The search field, the choice of a namespace, and how much they leave. */
export function FilterBar({ filter, what, namespaces, result }: FilterBarProps): JSX.Element {
  const change = (part: Partial<Filter>): void => {
    filter.value = { ...filter.value, ...part };
  };
  const { text, namespace, onlyFaults } = filter.value;
  return (
    <form class="filter" role="search" onSubmit={(event) => event.preventDefault()}>
      <input
        type="search"
        aria-label={`Search ${what}`}
        placeholder={`Search ${what}`}
        value={text}
        onInput={({ currentTarget }) => change({ text: currentTarget.value })}
      />
      {namespaces.length > 0 && (
        <select
          aria-label="Namespace"
          value={namespace}
          onChange={({ currentTarget }) => change({ namespace: currentTarget.value })}
        >
          <option value="">All namespaces</option>
          {namespaces.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={onlyFaults}
          onChange={({ currentTarget }) => change({ onlyFaults: currentTarget.checked })}
        />
        Only faults
      </label>
      <span class="muted" role="status">
        {result}
      </span>
    </form>
  );
}
