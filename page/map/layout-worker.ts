// The worker that lays the map out, so that the page answers meanwhile.
import { type LayoutRequest, placeGraph } from "./map-layout.ts";

addEventListener("message", ({ data }: MessageEvent<LayoutRequest>) => {
  postMessage(placeGraph(data));
});
