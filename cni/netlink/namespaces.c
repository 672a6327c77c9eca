#define _GNU_SOURCE
#include "namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netlink.h"

int host_socket = -1;
int pod_socket = -1;
int pod_namespace = -1;
static int host_namespace = -1;
/* A container without privileges cannot write its own /proc/sys, but it can write the host's, which is mounted below /host. */
static const char *settings = "/proc/sys/net";

void open_host(void) {
  host_namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  host_socket = netlink_open();
  if (host_namespace < 0 || host_socket < 0) {
    perror("the host's network namespace");
    exit(1);
  }
  if (access("/host/proc/sys/net/ipv6/conf/all/disable_ipv6", W_OK) == 0) settings = "/host/proc/sys/net";
}

/* If we stayed in the pod's namespace, the next batch would change the wrong pod. */
static void leave_pod(void) {
  if (setns(host_namespace, CLONE_NEWNET) == 0) return;
  perror("back to the host's network namespace");
  exit(1);
}

const char *open_pod(const char *path) {
  struct stat host, pod;
  pod_namespace = open(path, O_RDONLY | O_CLOEXEC);
  if (pod_namespace < 0) return strerror(errno);
  if (fstat(host_namespace, &host) != 0 || fstat(pod_namespace, &pod) != 0) return strerror(errno);
  if (host.st_dev == pod.st_dev && host.st_ino == pod.st_ino) return "this is the host's own network namespace";
  if (setns(pod_namespace, CLONE_NEWNET) != 0) {
    return errno == EINVAL ? "this is no network namespace" : strerror(errno);
  }
  pod_socket = netlink_open();
  const char *failed = pod_socket < 0 ? strerror(errno) : NULL;
  leave_pod();
  return failed;
}

static void close_once(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

void close_pod(void) {
  close_once(&pod_socket);
  close_once(&pod_namespace);
}

/* Opens a file of /proc/sys/net of the namespace that we are in. */
static int open_setting(const char *name, int flags) {
  char path[128];
  if ((size_t)snprintf(path, sizeof path, "%s/%s", settings, name) < sizeof path) return open(path, flags | O_CLOEXEC);
  errno = ENAMETOOLONG;
  return -1;
}

const char *write_host_setting(const char *name, const char *value) {
  int fd = open_setting(name, O_WRONLY);
  bool written = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
  const char *failed = written ? NULL : strerror(errno);
  if (fd >= 0) close(fd);
  return failed;
}

const char *write_pod_setting(const char *name, const char *value) {
  if (setns(pod_namespace, CLONE_NEWNET) != 0) return strerror(errno);
  const char *failed = write_host_setting(name, value);
  leave_pod();
  return failed;
}

const char *read_host_digit(const char *name, char digit[2]) {
  int fd = open_setting(name, O_RDONLY);
  bool has_read = fd >= 0 && read(fd, digit, 1) == 1;
  const char *failed = has_read ? NULL : strerror(errno);
  digit[1] = '\0';
  if (fd >= 0) close(fd);
  return failed;
}
