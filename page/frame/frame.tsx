// The frame around a view: the navigation, the state of the connection, light or dark.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../parts/app.ts";
import type { PageRoute } from "../route/page-route.ts";
import { ColorSwitch } from "./color-switch.tsx";
import { LiveBadge } from "./live-badge.tsx";
import { sourceWords } from "./source-words.ts";

const views = [
  ["map", "Map"],
  ["networks", "Networks"],
  ["pods", "Pods"],
  ["nodes", "Nodes"],
  ["trace", "Trace"],
  ["activity", "Activity"],
] as const satisfies readonly (readonly [PageRoute["view"], string])[];

interface FrameProps {
  /** The heading of the view. */
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Frame({ title, children }: FrameProps): JSX.Element {
  const { connection, route } = useApp();
  const heading = useRef<HTMLHeadingElement>(null);
  const opened = useRef(title);
  useEffect(() => {
    document.title = `${title} · ovn4nfv`;
    // After a link the focus is at the beginning of the new view, for the keyboard and for screen readers.
    if (opened.current !== title) heading.current?.focus();
    opened.current = title;
  }, [title]);
  const source = connection.source.value;
  const shown = route.value.view;
  const entry = shown === "network" ? "networks" : shown === "pod" ? "pods" : shown;
  return (
    <div class="frame">
      <a class="skip" href="#content" onClick={(event) => skip(event, heading.current)}>
        Skip to content
      </a>
      <header class="bar">
        <span class="brand">
          <svg viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
            <path d="M3 3v4h10v6M8 7v6" />
          </svg>
          ovn4nfv
        </span>
        <nav aria-label="Views">
          <ul>
            {views.map(([view, label]) => (
              <li key={view}>
                <a href={`#/${view}`} aria-current={entry === view ? "page" : undefined}>
                  {label}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <LiveBadge />
        {source?.user !== undefined && (
          <a class="user" href="login" title="Log out, or log in as somebody else">
            {source.user}
          </a>
        )}
        <ColorSwitch />
      </header>
      <main id="content">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
      </main>
      <footer class="muted">{source === undefined ? "Nothing is known yet." : sourceWords(source)}</footer>
    </div>
  );
}

/** The address of the page is the view's, so the link cannot lead to an anchor. */
function skip(event: Event, heading: HTMLElement | null): void {
  event.preventDefault();
  heading?.focus();
}
