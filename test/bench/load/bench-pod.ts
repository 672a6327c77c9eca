// The pod of the benches, as a Deployment's ReplicaSet creates it. It has between 3 and 5 KB in the API server.
import { annotationKeys } from "#src/api/annotation-keys.ts";

const probe = (path: string): object => ({
  httpGet: { path, port: "http", scheme: "HTTP" },
  initialDelaySeconds: 5,
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
});

const container = {
  name: "packet-gateway",
  image: "registry.example/network/packet-gateway:4.17.2",
  imagePullPolicy: "IfNotPresent",
  args: ["--config=/etc/gateway/gateway.yaml", "--control=net1", "--data=net2", "--workers=4", "--log-format=json"],
  env: [
    { name: "POD_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
    { name: "POD_NAMESPACE", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } } },
    { name: "NODE_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "spec.nodeName" } } },
    { name: "SESSION_STORE", value: "redis-sessions.default.svc.cluster.local:6379" },
    { name: "GOMEMLIMIT", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1" } } },
  ],
  ports: [
    { name: "http", containerPort: 8080, protocol: "TCP" },
    { name: "gtpu", containerPort: 2152, protocol: "UDP" },
    { name: "pfcp", containerPort: 8805, protocol: "UDP" },
  ],
  resources: { requests: { cpu: "500m", memory: "512Mi" }, limits: { cpu: "2", memory: "1Gi" } },
  volumeMounts: [{ name: "config", mountPath: "/etc/gateway", readOnly: true }],
  livenessProbe: probe("/healthz"),
  readinessProbe: probe("/readyz"),
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } },
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
};

/** A pod that asks for one interface on each of the networks. */
export function benchPod(networks: readonly string[], labels: Readonly<Record<string, string>> = {}) {
  const interfaces = networks.map((name, n) => ({ name, interface: `net${n + 1}`, defaultGateway: "false" }));
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: "packet-gateway-6d9c7b7f4c-",
      namespace: "default",
      labels: {
        "app.kubernetes.io/name": "packet-gateway",
        "app.kubernetes.io/part-of": "mobile-core",
        "pod-template-hash": "6d9c7b7f4c",
        ...labels,
      },
      annotations: {
        [annotationKeys.request.key]: JSON.stringify({ type: "ovn4nfv", interface: interfaces }),
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "8080",
        "checksum/config": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
      },
    },
    spec: {
      containers: [
        container,
        { ...container, name: "exporter", image: "registry.example/monitoring/exporter:1.9.0", ports: [] },
      ],
      volumes: [{ name: "config", configMap: { name: "gateway-config", defaultMode: 420 } }],
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 100,
              podAffinityTerm: {
                labelSelector: { matchLabels: { "app.kubernetes.io/name": "packet-gateway" } },
                topologyKey: "kubernetes.io/hostname",
              },
            },
          ],
        },
      },
      tolerations: [
        { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
        { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
      ],
    },
  };
}

/** The review that the API server sends when that pod is created. */
export function benchReview(networks: readonly string[]): string {
  return JSON.stringify({
    kind: "AdmissionReview",
    apiVersion: "admission.k8s.io/v1",
    request: {
      uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      requestKind: { group: "", version: "v1", kind: "Pod" },
      requestResource: { group: "", version: "v1", resource: "pods" },
      namespace: "default",
      operation: "CREATE",
      userInfo: {
        username: "system:serviceaccount:kube-system:replicaset-controller",
        uid: "0f6f8c0e-5b2e-4f38-9d7c-0d3c8a0a7d55",
        groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
      },
      object: benchPod(networks),
      oldObject: null,
      dryRun: false,
      options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
    },
  });
}
