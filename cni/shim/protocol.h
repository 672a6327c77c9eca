/* The values on which the shim and cni/contract (TypeScript) must agree. test/unit/cni/shim/protocol.test.ts compares them. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#define NEWEST_VERSION "1.1.0"
#define SUPPORTED_VERSIONS "\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\""

#define WIRE_MAGIC "ovn4nfv-cni/1"
#define MAX_ENVIRONMENT 65536
#define MAX_CONF 1048576
#define MAX_ANSWER 1048576

#define RESULT_ANNOTATION "k8s.plugin.opnfv.org/ovnInterfaces"
#define ANNOTATIONS_CAPABILITY "io.kubernetes.cri.pod-annotations"

/* Whoever may write a definition chooses where a call goes, so that it stays in the folder of the agent. */
#ifndef SOCKET_FOLDER
#define SOCKET_FOLDER "/run/ovn4nfv/"
#endif
#define DEFAULT_SOCKET SOCKET_FOLDER "cni.sock"
/* The agent runs as this user. */
#ifndef AGENT_USER
#define AGENT_USER 0
#endif
/* The kubelet allows 240 s for the whole sandbox and 120 s for its removal. The agent's own limits are shorter than ours. */
#ifndef TIME_LIMIT_MS
#define TIME_LIMIT_MS 100000
#endif
#ifndef STATUS_LIMIT_MS
#define STATUS_LIMIT_MS 5000
#endif

#endif
