import type { JSX } from "preact";
import { useApp } from "../parts/app.ts";
import type { PageRoute } from "../route/page-route.ts";
import { Frame } from "./frame.tsx";
import { ActivityView } from "../activity/activity-view.tsx";
import { MapView } from "../map/map-view.tsx";
import { NetworkSpaceView } from "../networks/network-space-view.tsx";
import { NetworksView } from "../networks/networks-view.tsx";
import { NodesView } from "../nodes/nodes-view.tsx";
import { PodView } from "../pods/pod-view.tsx";
import { PodsView } from "../pods/pods-view.tsx";
import { TraceView } from "../trace/trace-view.tsx";

/** The page: the view that the address names, in its frame. */
export function Page(): JSX.Element {
  const route = useApp().route.value;
  return <Frame title={titleOf(route)}>{viewOf(route)}</Frame>;
}

function titleOf(route: PageRoute): string {
  switch (route.view) {
    case "map":
      return "Map";
    case "networks":
      return "Networks";
    case "network":
      return `Network ${route.name}`;
    case "pods":
      return "Pods";
    case "pod":
      return `Pod ${route.namespace}/${route.name}`;
    case "nodes":
      return "Nodes";
    case "trace":
      return "Trace";
    case "activity":
      return "Activity";
  }
}

function viewOf(route: PageRoute): JSX.Element {
  switch (route.view) {
    case "map":
      return <MapView select={route.select} />;
    case "networks":
      return <NetworksView />;
    case "network":
      return <NetworkSpaceView key={route.name} name={route.name} />;
    case "pods":
      return <PodsView />;
    case "pod":
      return <PodView namespace={route.namespace} name={route.name} />;
    case "nodes":
      return <NodesView />;
    case "trace":
      return <TraceView from={route.from} to={route.to} />;
    case "activity":
      return <ActivityView />;
  }
}
