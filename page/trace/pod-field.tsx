import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { useApp } from "../parts/app.ts";
import { suggestPods } from "./trace-query.ts";

interface PodFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A field for a pod, which suggests those whose name has what is typed. */
export function PodField({ label, value, onChange }: PodFieldProps): JSX.Element {
  const { store } = useApp();
  const list = useId();
  return (
    <label>
      {label}
      <input
        list={list}
        size={28}
        value={value}
        placeholder="namespace/pod"
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <datalist id={list}>
        {suggestPods(store.all("pod"), value).map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}
