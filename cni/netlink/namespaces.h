/* The two network namespaces of a batch: our own, and the pod's, which the batch names. */
#ifndef NAMESPACES_H
#define NAMESPACES_H

/* The rtnetlink sockets; `pod_socket` is -1 until `open_pod` has opened a namespace. */
extern int host_socket;
extern int pod_socket;
/* The pod's namespace itself. */
extern int pod_namespace;

/* Must be called once, before anything else. It ends the process when our own namespace cannot be opened. */
void open_host(void);

/* Opens the namespace at `path`. Returns NULL, or what is wrong: it must be a network namespace, and not the host's. */
const char *open_pod(const char *path);
void close_pod(void);

/* Writes a file of the pod's /proc/sys/net. It also works in a container whose own /proc/sys is read-only. */
const char *write_pod_setting(const char *name, const char *value);

#endif
