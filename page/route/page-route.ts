// Addresses of views: the part of the address behind `#`, so that links and the back button work.

/** A view, with what it is about. */
export type PageRoute =
  | { readonly view: "map"; readonly select?: string }
  | { readonly view: "networks" }
  | { readonly view: "network"; readonly name: string }
  | { readonly view: "pods" }
  | { readonly view: "pod"; readonly namespace: string; readonly name: string }
  | { readonly view: "nodes" }
  | { readonly view: "trace"; readonly from?: string; readonly to?: string }
  | { readonly view: "activity" };

/** Reads `#/pods/shop/web-0`. An address that leads nowhere is the map. */
export function readPageRoute(hash: string): PageRoute {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [view = "", ...words] = path.split("/").map(decode);
  const values = new URLSearchParams(query);
  const given = <K extends string>(name: K): Partial<Record<K, string>> => {
    const value = values.get(name);
    return value === null || value === "" ? {} : ({ [name]: value } as Partial<Record<K, string>>);
  };
  if (view === "networks") {
    const name = words.join("/");
    return name === "" ? { view } : { view: "network", name };
  }
  if (view === "pods") {
    const [namespace = "", name = ""] = words;
    return name === "" ? { view } : { view: "pod", namespace, name };
  }
  if (view === "nodes" || view === "activity") return { view };
  if (view === "trace") return { view, ...given("from"), ...given("to") };
  return { view: "map", ...given("select") };
}

/** Prints what `readPageRoute` reads. */
export function printRoute(route: PageRoute): string {
  switch (route.view) {
    case "network":
      return `#/networks/${encodeURIComponent(route.name)}`;
    case "pod":
      return `#/pods/${encodeURIComponent(route.namespace)}/${encodeURIComponent(route.name)}`;
    case "trace":
      return `#/trace${printQuery({ from: route.from, to: route.to })}`;
    case "map":
      return `#/map${printQuery({ select: route.select })}`;
    case "networks":
    case "pods":
    case "nodes":
    case "activity":
      return `#/${route.view}`;
  }
}

/** The address of the view that tells most about an object. Kinds without a view of their own are shown on the map. */
export function routeOfKey(key: string): PageRoute {
  const [kind = "", ...words] = key.split("/");
  if (kind === "network") return { view: "network", name: words.join("/") };
  if (kind === "pod" && words.length === 2) return { view: "pod", namespace: words[0] ?? "", name: words[1] ?? "" };
  if (kind === "node") return { view: "nodes" };
  return { view: "map", select: key };
}

function printQuery(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(Object.fromEntries(given)).toString()}`;
}

/** A part of an address that somebody typed need not be encoded rightly. */
function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
