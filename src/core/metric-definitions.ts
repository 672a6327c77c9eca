type MetricDefinition =
  | { readonly type: "counter" | "gauge"; readonly help: string; readonly labels: readonly string[] }
  | {
      readonly type: "histogram";
      readonly help: string;
      readonly labels: readonly string[];
      /** Upper bounds, in seconds unless the name has another unit. */
      readonly buckets: readonly number[];
    };

const fastSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** All metrics of all processes. docs/reference/metrics.md is generated from this table. */
export const metricDefinitions = {
  ovn4nfv_admission_requests_total: {
    type: "counter",
    help: "Admission reviews answered, by webhook entry and result (allowed, or the refusal's code).",
    labels: ["entry", "result"],
  },
  ovn4nfv_admission_duration_seconds: {
    type: "histogram",
    help: "Time from the last byte of a review until its answer is handed to the socket.",
    labels: ["entry"],
    buckets: fastSeconds,
  },
  ovn4nfv_admission_undone_total: {
    type: "counter",
    help: "Answers that could not be delivered, so that their allocation was rolled back, by entry and outcome (undone, failed).",
    labels: ["entry", "outcome"],
  },
  ovn4nfv_webhook_rejections_total: {
    type: "counter",
    help: "Requests to the admission port that were answered without a review, by reason.",
    labels: ["rejection"],
  },
  ovn4nfv_webhook_connections_dropped_total: {
    type: "counter",
    help: "Connections to the admission port that the webhook ended, by cause (limit of connections, share of another peer, tls, slow).",
    labels: ["cause"],
  },
  ovn4nfv_webhook_in_flight: {
    type: "gauge",
    help: "Reviews that are being served at the time of the scrape.",
    labels: [],
  },
  ovn4nfv_services: {
    type: "gauge",
    help: "Services on networks by state: served, waiting (for a backend), refused.",
    labels: ["state"],
  },
  ovn4nfv_services_outside: {
    type: "gauge",
    help: "Services that ask for an address of an Uplink, by state: reached, waiting (for the reason in their condition).",
    labels: ["state"],
  },
  ovn4nfv_service_backends: {
    type: "gauge",
    help: "Backends of all Services on networks: one for each address of a pod and each port of a Service.",
    labels: [],
  },
  ovn4nfv_service_addresses: {
    type: "gauge",
    help: "Addresses for Services of each network, used and free.",
    labels: ["network", "state"],
  },
  ovn4nfv_chains: {
    type: "gauge",
    help: "Service chains by state: ready, degraded (a function lacks pods or networks), refused (no traffic is sent to functions).",
    labels: ["state"],
  },
  ovn4nfv_policies: {
    type: "gauge",
    help: "Network policies by state: applied, faulty (its pods are isolated, or a network of it is not found), elsewhere (it is about networks of others).",
    labels: ["state"],
  },
  ovn4nfv_gateway_members_out: {
    type: "gauge",
    help: "Gateways with two chassis of which one is gone, so that the other one carries on alone.",
    labels: [],
  },
  ovn4nfv_uplinks: {
    type: "gauge",
    help: "Uplinks by state: ready, waiting (no node may carry the gateway), refused (there is no gateway, or it stays as it was).",
    labels: ["state"],
  },
  ovn4nfv_floating_ips: {
    type: "gauge",
    help: "FloatingIPs by state: ready, waiting (the address is held, and leads to no pod), without_address.",
    labels: ["state"],
  },
  ovn4nfv_ipam_claims: {
    type: "gauge",
    help: "IPAMClaims by state: in_use (a pod has the addresses), kept (none has), without_addresses, conflict.",
    labels: ["state"],
  },
  ovn4nfv_claims_released_total: {
    type: "counter",
    help: "IPAMClaims whose addresses became free, by reason: deleted, or no claim (none appeared under the name within the lease).",
    labels: ["why"],
  },
  ovn4nfv_handovers_total: {
    type: "counter",
    help:
      "Moves of the addresses of a virtual machine between its two pods, by reason: target ready, target not ready (they went back), or no " +
      "other pod. Those at the end of a pod count as releases.",
    labels: ["why"],
  },
  ovn4nfv_taps: {
    type: "gauge",
    help: "Taps by state: ready, waiting (for a sink, sources or nodes), refused (by a Network, a node or its own spec).",
    labels: ["state"],
  },
  ovn4nfv_view_logins_total: {
    type: "counter",
    help:
      "Logins to the page of the cluster, by outcome: done, malformed, refused (no good token), limited (too many failed, or are heard at once), " +
      "undecided (the API server did not answer), given up (by the browser), full (too many sessions).",
    labels: ["outcome"],
  },
  ovn4nfv_view_pages: {
    type: "gauge",
    help: "Pages of the cluster's page that are open.",
    labels: [],
  },
  ovn4nfv_certificate_expiry_seconds: {
    type: "gauge",
    help: "Time at which the certificate in use ends, in seconds since the epoch, by source.",
    labels: ["source"],
  },
  ovn4nfv_certificate_reloads_total: {
    type: "counter",
    help: "Changed certificate files that were read, by outcome (used, refused).",
    labels: ["outcome"],
  },
  ovn4nfv_clock_steps_total: {
    type: "counter",
    help: "Steps of two seconds or more by which the wall clock of this process, or of its machine, was set.",
    labels: [],
  },
  rest_client_requests_total: {
    type: "counter",
    help: "Answers of the Kubernetes API server, by HTTP status and method.",
    labels: ["code", "method"],
  },
  ovn4nfv_kube_watch_relists_total: {
    type: "counter",
    help: "Full reads of a watched collection, by informer and reason (start, expired).",
    labels: ["informer", "reason"],
  },
  ovn4nfv_kube_watch_faults_total: {
    type: "counter",
    help: "Lists and watches that failed and were tried again, by informer.",
    labels: ["informer"],
  },
  ovn4nfv_kube_informer_handler_errors_total: {
    type: "counter",
    help: "Failures of an informer's projection or handler with an event of a watch, which are defects of this software.",
    labels: ["informer"],
  },
  ovn4nfv_kube_events_dropped_total: {
    type: "counter",
    help: "Kubernetes Events that were not written, by cause (overflow, or error of the API server).",
    labels: ["cause"],
  },
  leader_election_master_status: {
    type: "gauge",
    help: "1 while this process is the leader by the named Lease, else 0.",
    labels: ["name"],
  },
  workqueue_depth: {
    type: "gauge",
    help: "Keys that are ready and wait for a worker, by queue.",
    labels: ["name"],
  },
  workqueue_adds_total: {
    type: "counter",
    help: "Keys added to a queue, without those that already waited in it.",
    labels: ["name"],
  },
  workqueue_retries_total: {
    type: "counter",
    help: "Keys added again after a failure, by queue.",
    labels: ["name"],
  },
  controller_runtime_reconcile_total: {
    type: "counter",
    help: "Reconciles, by controller and result (success, requeue_after, error).",
    labels: ["controller", "result"],
  },
  controller_runtime_reconcile_errors_total: {
    type: "counter",
    help: "Reconciles that failed, by controller.",
    labels: ["controller"],
  },
  controller_runtime_terminal_reconcile_errors_total: {
    type: "counter",
    help: "Reconciles that failed and are not tried again before the object changes, by controller.",
    labels: ["controller"],
  },
  controller_runtime_reconcile_panics_total: {
    type: "counter",
    help: "Reconciles that failed by a defect of this software, by controller.",
    labels: ["controller"],
  },
  controller_runtime_reconcile_time_seconds: {
    type: "histogram",
    help: "Time of one reconcile, by controller.",
    labels: ["controller"],
    buckets: fastSeconds,
  },
  ovn4nfv_nb_transaction_duration_seconds: {
    type: "histogram",
    help: "Time from the sending of an allocation transaction to the Northbound database until its reply.",
    labels: [],
    buckets: fastSeconds,
  },
  ovn4nfv_nb_transaction_allocations: {
    type: "histogram",
    help: "Number of allocations in one Northbound transaction (group commit).",
    labels: [],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
  },
  ovn4nfv_allocation_clashes_total: {
    type: "counter",
    help: "Allocations that were planned again because another writer committed one of their addresses first.",
    labels: [],
  },
  ovn4nfv_address_conflicts_total: {
    type: "counter",
    help: "Addresses or MACs of our ports that the row of another writer holds as well.",
    labels: ["network"],
  },
  ovn4nfv_pool_addresses: {
    type: "gauge",
    help: "Addresses that a network can hand out to everybody, by family (IPv4, IPv6). Those of its pools are not among them.",
    labels: ["network", "family"],
  },
  ovn4nfv_pool_addresses_used: {
    type: "gauge",
    help: "Addresses of ovn4nfv_pool_addresses that somebody holds, by family.",
    labels: ["network", "family"],
  },
  ovn4nfv_pool_addresses_reserved: {
    type: "gauge",
    help: "Addresses of ovn4nfv_pool_addresses_used that belong to reservations: no stored pod holds them yet.",
    labels: ["network", "family"],
  },
  ovn4nfv_named_pool_addresses: {
    type: "gauge",
    help: "Addresses of the pools in spec.pools of networks, which only pods that choose them get, by family (IPv4, IPv6).",
    labels: ["network", "pool", "family"],
  },
  ovn4nfv_named_pool_addresses_used: {
    type: "gauge",
    help: "Addresses of ovn4nfv_named_pool_addresses that somebody holds, by family.",
    labels: ["network", "pool", "family"],
  },
  ovn4nfv_floating_addresses: {
    type: "gauge",
    help: "Addresses outside that an Uplink can hand out, by family (IPv4, IPv6).",
    labels: ["uplink", "family"],
  },
  ovn4nfv_floating_addresses_used: {
    type: "gauge",
    help: "Addresses of ovn4nfv_floating_addresses that a pod, a FloatingIP or somebody else holds, by family.",
    labels: ["uplink", "family"],
  },
  ovn4nfv_reservations_open: {
    type: "gauge",
    help: "Allocations that no stored pod holds yet.",
    labels: [],
  },
  ovn4nfv_reservation_oldest_seconds: {
    type: "gauge",
    help: "Age of the oldest open reservation, since this process first saw it. It is 0 when there is none.",
    labels: [],
  },
  ovn4nfv_unknown_ports: {
    type: "gauge",
    help: "Ports with our owner that belong to no allocation of a known cluster. They are reported and never changed.",
    labels: [],
  },
  ovn4nfv_drift_open: {
    type: "gauge",
    help: "Allocations that do not agree with their pods now, by the problem as `ovn4nfv check` names it. Only the leader reports it.",
    labels: ["problem"],
  },
  ovn4nfv_drift_findings_total: {
    type: "counter",
    help: "Number of times that an allocation was found not to agree with its pod, by problem.",
    labels: ["problem"],
  },
  ovn4nfv_ports_released_total: {
    type: "counter",
    help: "Ports that the controller deleted, by reason (released with their pod, swept as reservation, pod gone).",
    labels: ["why"],
  },
  ovn4nfv_plugged_ports_total: {
    type: "counter",
    help: "Ports of interfaces that pods got or lost while they run, by change (plugged, unplugged; undone: one that the result of the pod does not name).",
    labels: ["change"],
  },
  ovn4nfv_ports_corrected_total: {
    type: "counter",
    help: "Ports of stored pods that somebody had changed in the Northbound database, by result of their correction (done, impossible).",
    labels: ["result"],
  },
  ovn4nfv_ports_recreated_total: {
    type: "counter",
    help: "Ports of stored pods that the Northbound database had lost, by result of their re-creation (done, impossible).",
    labels: ["result"],
  },
  ovn4nfv_unpinned_ports: {
    type: "gauge",
    help: "Ports of pods on a node whose chassis the controller does not know, so that any chassis could take them.",
    labels: [],
  },
  ovn4nfv_nodes_with_shared_chassis: {
    type: "gauge",
    help: "Nodes that publish the system id of another node as well.",
    labels: [],
  },
  ovn4nfv_late_allocations_total: {
    type: "counter",
    help: "Late allocations for pods that were stored without the webhook, by result (allocated; refused; undone or unknown, when the pod could not be changed).",
    labels: ["result"],
  },
  ovn4nfv_nb_restores_total: {
    type: "counter",
    help: "Number of times that the Northbound database was found to be restored from a backup, or our fence key to be removed.",
    labels: [],
  },
  ovn4nfv_cni_duration_seconds: {
    type: "histogram",
    help: "Time of one CNI call in the agent, by command and result (ok, or the error's code).",
    labels: ["command", "result"],
    buckets: fastSeconds,
  },
  ovn4nfv_agent_turns_total: {
    type: "counter",
    help: "Number of times that this agent began to serve its node. It is more than 1 when a newer agent had taken the node over and then ended or lacked something.",
    labels: [],
  },
  ovn4nfv_agent_swept_ports_total: {
    type: "counter",
    help: "Ports of the integration bridge that the sweep removed, by cause (link-gone, pod-gone, unplugged).",
    labels: ["cause"],
  },
  ovn4nfv_agent_swept_pairs_total: {
    type: "counter",
    help: "Pairs of devices without a port on the integration bridge that the agent removed: their pod is gone, or is wired in another sandbox.",
    labels: [],
  },
  ovn4nfv_agent_restored_ports_total: {
    type: "counter",
    help: "Ports of living pods that somebody else had taken off the integration bridge, and that the agent put back.",
    labels: [],
  },
  ovn4nfv_agent_changed_limits_total: {
    type: "counter",
    help: "Interfaces of running pods that got another limit of bandwidth, by their annotation.",
    labels: [],
  },
  ovn4nfv_agent_node_published: {
    type: "gauge",
    help: "1 while the OvnNode of this node says what the agent sees, else 0: then its ports request no chassis, or an old one.",
    labels: [],
  },
  ovn4nfv_agent_wire_ready: {
    type: "gauge",
    help: "1 while the node is connected to a physical network of ProviderNetworks, else 0: the OvnNode of the node and the log of the agent say why.",
    labels: ["physical_network"],
  },
  ovn4nfv_agent_taps: {
    type: "gauge",
    help: "Taps that concern the node, by state: active, waiting (for interfaces of pods), refused (no mirror is left, or no tunnel).",
    labels: ["state"],
  },
  ovn4nfv_agent_bridge_ready: {
    type: "gauge",
    help: "1 while the agent sees the integration bridge in the Open_vSwitch database, else 0.",
    labels: [],
  },
  ovn4nfv_agent_node_info: {
    type: "gauge",
    help: "Always 1. The labels are the versions of the agent, and of Open vSwitch and ovn-controller on the node; one is empty while it is not known. `ovn4nfv doctor` reads them.",
    labels: ["agent_version", "ovs_version", "ovn_controller_version"],
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metricDefinitions;
