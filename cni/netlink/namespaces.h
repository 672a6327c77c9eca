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

/* Write a file of /proc/sys/net, the pod's or the host's. They also work in a container whose own /proc/sys is read-only. */
typedef const char *write_setting(const char *name, const char *value);
const char *write_pod_setting(const char *name, const char *value);
const char *write_host_setting(const char *name, const char *value);

/* Reads a number of one digit from a file of the host's /proc/sys/net, as text with a NUL at its end. */
const char *read_host_digit(const char *name, char digit[2]);

#endif
