/* The two network namespaces of an order: our own, and the pod's that it names. */
#ifndef NAMESPACES_H
#define NAMESPACES_H

/* rtnetlink sockets; `pod_socket` is -1 until `open_pod` was told a namespace. */
extern int host_socket;
extern int pod_socket;
/* The pod's namespace itself. */
extern int pod_namespace;

/* Once, before anything else; ends the process when it has no namespace of its own. */
void open_host(void);

/* Opens the namespace at `path`; NULL, or what is wrong with it: it must be one, and not the host's. */
const char *open_pod(const char *path);
void close_pod(void);

/* Writes a file of /proc/sys/net as the pod has it, where it is writable in a container, too. */
const char *write_pod_setting(const char *name, const char *value);

#endif
