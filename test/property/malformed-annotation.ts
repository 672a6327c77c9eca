// Malformed requests by seed, which every layer of tests can throw at the product.
import { annotationKeys } from "#src/api/annotation-keys.ts";
import { type GoodPod, type Random, requestMistakes } from "./request-mistakes.ts";

export interface MalformedAnnotation {
  /** Which mistake was made. */
  readonly mistake: string;
  /** Annotations of a pod, of which one is wrong. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** The annotations of one seed, always the same and always wrong; seeds 0 to 499 give at least 400 different ones. */
export function malformedAnnotation(seed: number): MalformedAnnotation {
  const random = randomOf(seed);
  const pod = goodPod(random);
  const mistakes = Object.entries(requestMistakes);
  const [mistake, make] = mistakes[seed % mistakes.length] as (typeof mistakes)[number];
  return { mistake, annotations: make(pod, random) };
}

/** What the annotations of the seed were before the mistake, in the later form. */
export function goodAnnotation(seed: number): Readonly<Record<string, string>> {
  const value = { type: "ovn4nfv", interface: goodPod(randomOf(seed)).interfaces };
  return { [annotationKeys.request.key]: JSON.stringify(value) };
}

/** Mulberry32. */
function randomOf(seed: number): Random {
  let state = Math.imul(seed, 0x9e3779b1);
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function goodPod(random: Random): GoodPod {
  return { interfaces: Array.from({ length: 1 + random(3) }, (_, index) => goodInterface(index, random)) };
}

function goodInterface(index: number, random: Random): Readonly<Record<string, unknown>> {
  const third = 1 + random(200);
  const optional: Record<string, unknown> = {
    interface: `data${index}`,
    ipAddress: [`10.${index}.${third}.${2 + random(200)}/24`, `fd00:${index}::${2 + random(200)}`],
    macAddress: `0a:58:0a:0${index}:00:${10 + random(80)}`,
    gwipaddress: `10.${index}.${third}.1`,
    defaultGateway: "false",
    routes: [{ dst: `172.${16 + index}.${random(200)}.0/24`, gw: `10.${index}.${third}.254` }],
  };
  const kept = Object.entries(optional).filter(() => random(3) > 0);
  return { name: `network-${index}-${random(1000)}`, ...Object.fromEntries(kept) };
}
