import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { printTimeOfDay } from "../text/times.ts";
import type { PlotData, SeriesName } from "./activity-series.ts";

interface ActivityPlotProps {
  readonly label: string;
  readonly plot: PlotData;
}

const colors: Readonly<Record<SeriesName, string>> = {
  allocations: "--series-1",
  releases: "--series-2",
  refusals: "--series-3",
};
const height = 180;

/** A plot of the last hour. The numbers beside it say the same, so it is a picture to screen readers. */
export function ActivityPlot({ label, plot }: ActivityPlotProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useScheme();
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const drawn = new uPlot(optionsOf(plot, element), plot.columns as unknown as uPlot.AlignedData, element);
    const observer = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
    };
  }, [plot.names.join(), scheme, plot]);
  return <div class="plot" role="img" aria-label={label} ref={place} />;
}

function optionsOf({ names }: PlotData, element: HTMLElement): uPlot.Options {
  const ink = colorOf(element, "--muted");
  const axis: uPlot.Axis = {
    stroke: ink,
    grid: { stroke: colorOf(element, "--line"), width: 1 },
    ticks: { show: false },
  };
  const bars = uPlot.paths.bars?.({ size: [0.7, 14], align: 0 });
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(4, most * 1.1)] } },
    axes: [
      { ...axis, values: (_plot, seconds) => seconds.map(hourAndMinute) },
      { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000] },
    ],
    series: [
      {},
      ...names.map((name): uPlot.Series => {
        const color = colorOf(element, colors[name]);
        const line: uPlot.Series = { label: name, stroke: color, width: 2, points: { show: false } };
        // Bars of two series would hide each other.
        return names.length === 1 && bars !== undefined ? { ...line, fill: color, width: 0, paths: bars } : line;
      }),
    ],
  };
}

/** A time of the axis, as everywhere on the page. */
function hourAndMinute(seconds: number): string {
  return printTimeOfDay(new Date(seconds * 1_000).toISOString()).slice(0, 5);
}

/** The colour that a token has now. Only a property that is a colour is resolved to the one of the scheme. */
function colorOf(element: HTMLElement, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Changes when the page becomes light or dark, because what is on a canvas does not follow by itself. */
function useScheme(): string {
  const read = (): string => `${document.documentElement.dataset["scheme"] ?? ""} ${matchMedia(isDark).matches}`;
  const [scheme, change] = useState(read);
  useEffect(() => {
    const query = matchMedia(isDark);
    const update = (): void => change(read());
    const observer = new MutationObserver(update);
    observer.observe(document.documentElement, { attributeFilter: ["data-scheme"] });
    query.addEventListener("change", update);
    return () => {
      observer.disconnect();
      query.removeEventListener("change", update);
    };
  }, []);
  return scheme;
}

const isDark = "(prefers-color-scheme: dark)";
