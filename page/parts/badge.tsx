import type { ComponentChildren, JSX } from "preact";
import type { ViewItem, ViewPod } from "#src/view/contract/view-item.ts";
import type { BadgeTone } from "./badge-tone.ts";

/** A word with a mark, whose form tells the same as its colour. */
export function Badge({
  tone,
  children,
}: {
  readonly tone: BadgeTone;
  readonly children: ComponentChildren;
}): JSX.Element {
  return <span class={`badge badge-${tone}`}>{children}</span>;
}

const readyTones = { yes: "good", no: "bad", unknown: "calm" } as const satisfies Record<ViewItem["ready"], BadgeTone>;
const readyWords = { yes: "Ready", no: "Not ready", unknown: "Unknown" } as const;

interface ReadyBadgeProps {
  readonly of: { readonly ready: ViewItem["ready"]; readonly reason?: string; readonly message?: string };
}

/** Whether an object is ready, with the reason for which it is not. */
export function ReadyBadge({ of: { ready, reason } }: ReadyBadgeProps): JSX.Element {
  return <Badge tone={readyTones[ready]}>{reason ?? readyWords[ready]}</Badge>;
}

const podTones = {
  allocated: "warn",
  bound: "good",
  reserved: "warn",
  differs: "bad",
  missing: "bad",
  orphan: "warn",
  released: "calm",
  waiting: "warn",
} as const satisfies Record<ViewPod["state"], BadgeTone>;

/** The state of a pod's allocation. */
export function PodBadge({ state }: { readonly state: ViewPod["state"] }): JSX.Element {
  return <Badge tone={podTones[state]}>{state}</Badge>;
}
