import type { JSX } from "preact";
import { printRoute, routeOfKey } from "../route/page-route.ts";

interface ObjectLinkProps {
  /** The key of the object. */
  readonly of: string;
  /** By default its name, with the namespace in front. */
  readonly text?: string | undefined;
}

/** A link to the view of an object. */
export function ObjectLink({ of, text }: ObjectLinkProps): JSX.Element {
  return <a href={printRoute(routeOfKey(of))}>{text ?? nameInKey(of)}</a>;
}

/** `shop/web-0` of `pod/shop/web-0`. */
export function nameInKey(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}

/** Links with commas between them, or a dash. */
export function ObjectLinks({ of }: { readonly of: readonly string[] }): JSX.Element {
  if (of.length === 0) return <span class="muted">–</span>;
  return (
    <>
      {of.map((key, at) => (
        <span key={key}>
          {at > 0 && ", "}
          <ObjectLink of={key} />
        </span>
      ))}
    </>
  );
}
