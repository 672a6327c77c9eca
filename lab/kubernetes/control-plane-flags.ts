/** Command line flags as data: `{ "secure-port": "6443" }`. */
export type Flags = Readonly<Record<string, string>>;

export function printFlags(flags: Flags): readonly string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** The addresses of the parts of one control plane, and the files that they share. */
export interface ControlPlaneLayout {
  readonly folder: string;
  /** The address of the API server. */
  readonly address: string;
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
  readonly apiPort: number;
  readonly serviceRange: string;
}

/** The flags of etcd. `durable`: it syncs each write to the disk, as a cluster's does. */
export function etcdFlags({ folder, etcdPort, etcdPeerPort }: ControlPlaneLayout, durable = false): Flags {
  const client = `http://127.0.0.1:${etcdPort}`;
  const peer = `http://127.0.0.1:${etcdPeerPort}`;
  return {
    "data-dir": `${folder}/etcd`,
    "listen-client-urls": client,
    "advertise-client-urls": client,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `default=${peer}`,
    // The data of a test need not outlive it.
    "unsafe-no-fsync": String(!durable),
  };
}

export function apiServerFlags({ folder, address, etcdPort, apiPort, serviceRange }: ControlPlaneLayout): Flags {
  const loopback = address === "127.0.0.1";
  return {
    "etcd-servers": `http://127.0.0.1:${etcdPort}`,
    "bind-address": loopback ? address : "0.0.0.0",
    "secure-port": String(apiPort),
    // Endpoints may not be loopback addresses, so the kubernetes Service has none there.
    ...(loopback ? { "endpoint-reconciler-type": "none" } : { "advertise-address": address }),
    "tls-cert-file": `${folder}/apiserver.crt`,
    "tls-private-key-file": `${folder}/apiserver.key`,
    "client-ca-file": `${folder}/ca.crt`,
    "kubelet-client-certificate": `${folder}/admin.crt`,
    "kubelet-client-key": `${folder}/admin.key`,
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-key-file": `${folder}/service-account.pub`,
    "service-account-signing-key-file": `${folder}/service-account.key`,
    "service-cluster-ip-range": serviceRange,
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "allow-privileged": "true",
    // Without kube-proxy beside it, the API server dials a webhook Service's endpoints itself.
    "enable-aggregator-routing": "true",
    // Without this it looks node names up in DNS.
    "kubelet-preferred-address-types": "InternalIP",
  };
}

export function auditFlags(folder: string): Flags {
  return {
    "audit-policy-file": `${folder}/audit-policy.json`,
    "audit-log-path": `${folder}/audit.log`,
    "audit-log-mode": "blocking",
  };
}

export function controllerManagerFlags(folder: string, securePort: number): Flags {
  return {
    kubeconfig: `${folder}/admin.kubeconfig`,
    "service-account-private-key-file": `${folder}/service-account.key`,
    "root-ca-file": `${folder}/ca.crt`,
    "use-service-account-credentials": "true",
    "leader-elect": "false",
    "bind-address": "127.0.0.1",
    "secure-port": String(securePort),
    "allocate-node-cidrs": "false",
    // Tests create pods in bursts.
    "kube-api-qps": "200",
    "kube-api-burst": "400",
  };
}

export function schedulerFlags(folder: string, securePort: number): Flags {
  return {
    kubeconfig: `${folder}/admin.kubeconfig`,
    "leader-elect": "false",
    "bind-address": "127.0.0.1",
    "secure-port": String(securePort),
    "kube-api-qps": "200",
    "kube-api-burst": "400",
  };
}
