#define _GNU_SOURCE /* struct ucred */
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol.h"

#define HEADER_PATTERN WIRE_MAGIC " %3d %7zu%n"
#define MAX_HEADER 40

static bool send_all(int fd, struct slice text) {
  while (text.length > 0) {
    ssize_t sent = send(fd, text.at, text.length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    text.at += sent;
    text.length -= (size_t)sent;
  }
  return true;
}

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -1;
  memcpy(address.sun_path, path, strlen(path));
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

/* The kernel tells which user began to listen on the socket. */
static bool is_agent(int fd) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == AGENT_USER;
}

static bool send_call(int fd, struct slice environment, struct slice conf) {
  char header[MAX_HEADER];
  int length = snprintf(header, sizeof header, WIRE_MAGIC " %zu %zu\n", environment.length, conf.length);
  struct slice line = {header, (size_t)length};
  return send_all(fd, line) && send_all(fd, environment) && send_all(fd, conf);
}

/* Reads header and body. The buffer keeps one byte free, so that its content is always a C string for sscanf. */
static enum agent_outcome receive(int fd, struct answer *answer) {
  static char buffer[MAX_HEADER + MAX_ANSWER + 1];
  size_t have = 0, body = 0, wanted = sizeof buffer - 1;
  while (have < wanted) {
    ssize_t got = recv(fd, buffer + have, wanted - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return AGENT_GONE;
    have += (size_t)got;
    if (body > 0) continue;
    const char *newline = memchr(buffer, '\n', have < MAX_HEADER ? have : MAX_HEADER);
    if (newline == NULL && have < MAX_HEADER) continue;
    int end = 0;
    if (newline == NULL || sscanf(buffer, HEADER_PATTERN, &answer->status, &answer->text.length, &end) != 2 ||
        buffer + end != newline || answer->text.length > MAX_ANSWER || answer->status < 0 || answer->status > 255) {
      return AGENT_GARBLED;
    }
    body = (size_t)end + 1;
    wanted = body + answer->text.length;
  }
  answer->text.at = buffer + body;
  return have == wanted ? AGENT_ANSWERED : AGENT_GARBLED;
}

enum agent_outcome call_agent(const char *socket_path, struct slice environment, struct slice conf,
                              struct answer *answer) {
  int fd = connect_to(socket_path);
  if (fd < 0) return AGENT_UNREACHABLE;
  enum agent_outcome outcome = AGENT_GONE;
  if (!is_agent(fd)) {
    outcome = AGENT_STRANGER;
  } else if (send_call(fd, environment, conf)) {
    outcome = receive(fd, answer);
  }
  close(fd);
  return outcome;
}
