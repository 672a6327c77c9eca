import type { JSX } from "preact";
import { printMore } from "../text/counts.ts";
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

interface ObjectLinksProps {
  /** The keys of the objects. */
  readonly of: readonly string[];
  /** The number of further ones, which have no link. */
  readonly more?: number | undefined;
}

/** Links with commas between them, or a dash. */
export function ObjectLinks({ of, more = 0 }: ObjectLinksProps): JSX.Element {
  if (of.length === 0) return <span class="muted">–</span>;
  return (
    <>
      {of.map((key, at) => (
        <span key={key}>
          {at > 0 && ", "}
          <ObjectLink of={key} />
        </span>
      ))}
      {more > 0 && ` ${printMore(more)}`}
    </>
  );
}
