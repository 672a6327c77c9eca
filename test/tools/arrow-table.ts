/** Folder -> folders of ours that it may import besides itself. A path may go deeper than a folder. */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  "src/core": [],
  "src/net": ["src/core"],
  "src/api": ["src/core", "src/net"],
  "src/ovsdb": ["src/core"],
  "src/ovn": ["src/core", "src/net", "src/ovsdb"],
  "src/kube": ["src/core", "src/api"],
  "src/ipam": ["src/core", "src/net", "src/api", "src/ovsdb", "src/ovn"],
  "src/tokens": ["src/core", "src/api", "src/kube", "src/ipam/token"],
  "src/controllers": ["src/core", "src/net", "src/api", "src/ovsdb", "src/ovn", "src/kube", "src/ipam"],
  webhooks: ["src/core", "src/net", "src/api", "src/kube", "src/ipam"],
  cni: ["src/core", "src/net", "src/api", "src/ovsdb", "src/kube", "src/ipam/token"],
  certs: ["src/core", "src/kube"],
  "src/main\\.ts": ["src/core", "src/commands"],
};
