// The mistakes that users make in a request, as data: each turns a good request into annotations that must be refused.
import { annotationKeys } from "#src/api/annotation-keys.ts";

/** A number from 0 to `below` - 1. */
export type Random = (below: number) => number;

/** The elements of a good request. */
export interface GoodPod {
  readonly interfaces: readonly Readonly<Record<string, unknown>>[];
}

type Mistake = (pod: GoodPod, random: Random) => Readonly<Record<string, string>>;

/** The later form; a string stands for itself. */
function later(value: unknown): Record<string, string> {
  return { [annotationKeys.request.key]: typeof value === "string" ? value : JSON.stringify(value) };
}

function frame(pod: GoodPod): Record<string, unknown> {
  return { type: "ovn4nfv", interface: pod.interfaces };
}

/** Either form of the request, with one interface changed. */
function withField(pod: GoodPod, random: Random, fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const index = random(pod.interfaces.length);
  const interfaces = pod.interfaces.map((entry, at) => (at === index ? { ...entry, ...fields } : entry));
  return random(3) === 0
    ? { [annotationKeys.earlyRequest.key]: JSON.stringify(interfaces) }
    : later(frame({ interfaces }));
}

function oneOf<T>(random: Random, values: readonly T[]): T {
  return values[random(values.length)] as T;
}

const wrongKinds = [{ a: 1 }, [["10.1.0.7"]], [{}], { "": null }] as const;
const noAddresses = [
  "notanip",
  "10.1.0",
  "10.1.0.256",
  "10.1.0.7/33",
  "10.01.0.7",
  "fd00:::1",
  "fe80::1%eth0",
  "0x0a010007",
] as const;
const noNames = [
  "*",
  "lo",
  "eth0",
  ".",
  "..",
  "a/b",
  "a:b",
  "a b",
  "net%d",
  "-a",
  "sixteencharacter",
  'x","a":"b',
  "nét1",
  "a\nb",
] as const;

/** Each makes one mistake that is one whatever else the pod asks for, and wherever the networks are. */
export const requestMistakes: Readonly<Record<string, Mistake>> = {
  "text cut off": (pod, random) => {
    const text = JSON.stringify(frame(pod));
    return later(text.slice(0, random(text.length)));
  },
  "character inserted": (pod, random) => {
    const text = JSON.stringify(frame(pod));
    const at = oneOf(
      random,
      [...text.matchAll(/[[{,:]/g)].map(({ index }) => index + 1),
    );
    return later(
      text.slice(0, at) + oneOf(random, ["@", ",", "'", "}]", "\\", "undefined", "\u0000"]) + text.slice(at),
    );
  },
  "text behind the end": (pod, random) =>
    later(JSON.stringify(frame(pod)) + oneOf(random, ["}", "{}", "x", ",", "[]", "1"])),
  "not JSON at all": (_, random) =>
    later(oneOf(random, ["", " ", "ovn4nfv", "type: ovn4nfv", "<a/>", "NaN", "\ufeff{}", `'${random(99)}'`])),
  "nested too deep": (_, random) => {
    const levels = 17 + random(20_000);
    return later(`{"type":"ovn4nfv","interface":${"[".repeat(levels)}${"]".repeat(levels)}}`);
  },
  "too long": (pod, random) => withField(pod, random, { note: "x".repeat(65_536 + random(1000)) }),
  "key twice": (pod, random) =>
    later(JSON.stringify(frame(pod)).replace('{"type"', `{"type":"ovn4nfv${random(99)}","type"`)),
  "key twice in two cases": (pod, random) =>
    withField(pod, random, { macaddress: "0a:58:0a:01:00:99", MACADDRESS: String(random(99)) }),
  "key misspelt": (pod, random) =>
    withField(pod, random, {
      [oneOf(random, [
        "ipAdress",
        "ipAddresses",
        "naem",
        "macAddres",
        "defaultGatway",
        "gwipadress",
        "route",
        "interfaces",
        "netTypes",
      ])]: random(99),
    }),
  "frame of another kind": (pod, random) => later(oneOf(random, [pod.interfaces, '"ovn4nfv"', random(99), null, true])),
  "type missing or other": (pod, random) =>
    later({
      ...frame(pod),
      type: oneOf(random, [undefined, null, "", "OVN4NFV", "sriov", 7, {}]),
    }),
  "interface missing or of another kind": (pod, random) =>
    later({
      ...frame(pod),
      interface: oneOf(random, [undefined, null, "", {}, "blue", 7, []]),
    }),
  "interfaces too many": (pod, random) =>
    later({ ...frame(pod), interface: Array.from({ length: 33 + random(50) }, (_, index) => ({ name: `n${index}` })) }),
  "element of another kind": (pod, random) =>
    later({
      ...frame(pod),
      interface: [...pod.interfaces, oneOf(random, [null, 7, "blue", [], true])],
    }),
  "name missing or of another kind": (pod, random) =>
    withField(pod, random, { name: oneOf(random, [undefined, null, "", ...wrongKinds]) }),
  "name not printable": (pod, random) =>
    withField(pod, random, {
      name: `a${oneOf(random, ["\n", "\u0000", "\u2028", "\ud800", "x".repeat(253)])}b${random(99)}`,
    }),
  "interface name invalid": (pod, random) => withField(pod, random, { interface: oneOf(random, noNames) }),
  "interface name of another kind": (pod, random) => withField(pod, random, { interface: oneOf(random, wrongKinds) }),
  "interface name twice": (pod, random) =>
    later({
      ...frame(pod),
      interface: [{ name: "a", interface: `x${random(999)}` }].flatMap((entry) => [entry, entry]),
    }),
  "address invalid": (pod, random) => withField(pod, random, { ipAddress: oneOf(random, noAddresses) }),
  "address invalid in a list": (pod, random) =>
    withField(pod, random, { ipAddress: [`10.9.0.${random(250)}`, oneOf(random, noAddresses)] }),
  "address of another kind": (pod, random) => withField(pod, random, { ipAddress: oneOf(random, wrongKinds) }),
  "address twice": (pod, random) =>
    withField(pod, random, {
      ipAddress: [`fd00::${random(99)}`, `fd00:1::1`].flatMap((address) => [address, `${address}/64`]),
    }),
  "addresses too many": (pod, random) =>
    withField(pod, random, { ipAddress: Array.from({ length: 17 + random(50) }, (_, index) => `10.9.0.${index}`) }),
  "MAC invalid": (pod, random) =>
    withField(pod, random, {
      macAddress: oneOf(random, [
        "0a:58",
        "01:00:5e:00:00:01",
        "00:00:00:00:00:00",
        "0g:00:00:00:00:01",
        "0a580a010007",
        7,
        ...wrongKinds,
      ]),
    }),
  "defaultGateway neither": (pod, random) =>
    withField(pod, random, {
      defaultGateway: oneOf(random, ["yes", "True", 1, 0, ...wrongKinds]),
    }),
  "default gateway twice": (pod, random) =>
    later({
      ...frame(pod),
      interface: ["a", "b"].map((name, index) => ({
        name,
        ipAddress: `10.${index}.0.${random(250)}`,
        defaultGateway: true,
      })),
    }),
  "gateway invalid": (pod, random) =>
    withField(pod, random, {
      gwipaddress: oneOf(random, [...noAddresses, "10.1.0.1/24", "10.1.0.1,10.1.0.2", ...wrongKinds] as [
        unknown,
        ...unknown[],
      ]),
    }),
  "gateway is own address": (pod, random) => {
    const address = `10.9.0.${random(250)}`;
    return withField(pod, random, { ipAddress: address, gwipaddress: address });
  },
  "provider network": (pod, random) => withField(pod, random, { netType: oneOf(random, ["provider", "vlan", 7, {}]) }),
  "routes of another kind": (pod, random) =>
    withField(pod, random, {
      routes: oneOf(random, [{}, "10.0.0.0/8", 7, ["10.0.0.0/8"], [null], [[]]]),
    }),
  "route without destination": (pod, random) => withField(pod, random, { routes: [{ gw: `10.1.0.${random(250)}` }] }),
  "route to nowhere": (pod, random) =>
    withField(pod, random, {
      routes: [
        { dst: oneOf(random, ["default", "0.0.0.0/0", "::/0", "10.0.0.1/8", "x", "10.0.0.0/40", "10.0.0.0/8/8"]) },
      ],
    }),
  "route through no gateway": (pod, random) =>
    withField(pod, random, {
      routes: [{ dst: "172.31.0.0/16", gw: oneOf(random, [...noAddresses, "fd00::1", "10.1.0.1/24"]) }],
    }),
  "route twice": (pod, random) =>
    withField(pod, random, {
      routes: [1, 2].map((last) => ({ dst: `192.168.${random(1)}.0/24`, gw: `10.1.0.${last}` })),
    }),
  "routes too many": (pod, random) =>
    withField(pod, random, {
      routes: Array.from({ length: 65 + random(50) }, (_, index) => ({ dst: `192.168.${index}.0/24` })),
    }),
  "two requests": (pod) => ({
    ...later(frame(pod)),
    [annotationKeys.earlyRequest.key]: JSON.stringify(pod.interfaces),
  }),
  "early form not a list": (pod, random) => ({
    [annotationKeys.earlyRequest.key]: JSON.stringify(oneOf(random, [frame(pod), {}, "blue", 7, null, []])),
  }),
  "early route for another device": (pod, random) => ({
    ...withField(pod, random, {}),
    [annotationKeys.earlyRoutes.key]: JSON.stringify([
      {
        dst: "192.168.0.0/24",
        gw: "10.1.0.1",
        dev: oneOf(random, ["eth0", "lo", "", null, "data9", {}]),
      },
    ]),
  }),
  "early routes not JSON": (pod, random) => ({
    ...withField(pod, random, {}),
    [annotationKeys.earlyRoutes.key]: oneOf(random, ["", "[", "{}", "7", "[1]", "[{}]", '[{"dst":"10.0.0.0/8"}]']),
  }),
};
