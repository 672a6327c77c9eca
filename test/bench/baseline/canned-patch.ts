// One JSON Patch for every pod, with the size and shape that a pod with two interfaces gets. It imports nothing of ours.

/** The result of each interface. */
export const cannedResult = ["net1", "net2"].map((name) => ({
  ip_address: ["10.0.0.2/8"],
  mac_address: "0a:58:0a:00:00:02",
  gateway_ip: [],
  defaultGateway: "false",
  interface: name,
  network: "blue",
  port: `01KDGX3V9ZJ4T1C3R6Y8M2N5QW-${name}`,
}));

const own = "/metadata/annotations/k8s.plugin.opnfv.org~1";

/** The token by which a patched pod is known. */
export const cannedToken = "canned".padEnd(420, "-");

/** The operations of the patch. */
export const cannedOperations = [
  { op: "add", path: `${own}ovnInterfaces`, value: JSON.stringify(cannedResult) },
  { op: "add", path: `${own}allocation-token`, value: cannedToken },
  { op: "add", path: "/metadata/labels/k8s.plugin.opnfv.org~1allocation", value: "01KDGX3V9ZJ4T1C3R6Y8M2N5QW" },
  { op: "add", path: "/metadata/finalizers", value: ["k8s.plugin.opnfv.org/addresses"] },
  {
    op: "add",
    path: "/metadata/annotations/k8s.v1.cni.cncf.io~1networks",
    value: '[{"name":"ovn4nfv","namespace":"kube-system","interface":"net1"}]',
  },
] as const;

/** The patch as an AdmissionResponse carries it. */
export const cannedPatch = {
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(cannedOperations)).toString("base64"),
} as const;
