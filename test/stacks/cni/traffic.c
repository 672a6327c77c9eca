/* Makes traffic over IPv4, and measures how much arrives.
 *   traffic receive tcp|udp PORT LINK        prints the bits of a second that came through the link between 0.5 and 2 s after the
 *                                            first packet; Ethernet headers count, as they do for tc
 *   traffic send tcp|udp ADDRESS PORT MBIT   sends TCP as fast as it can and UDP at this rate, until the receiver ends, UDP for 3 s
 *                                            at most; before, it tries for 10 s to connect */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADERS = 14 + 20 + 8, DATAGRAM = 1350 };

/* The receiver measures for so long. */
static const double receives = 2;

static char buffer[65536];

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* The kernel counts at once. A program that waits for its turn on a busy machine would count late. */
static double received_bytes(const char *link) {
  char line[512], name[64];
  double bytes = -1, found;
  FILE *links = fopen("/proc/net/dev", "r");
  if (links == NULL) exit(3);
  while (fgets(line, sizeof line, links) != NULL)
    if (sscanf(line, " %63[^:]: %lf", name, &found) == 2 && strcmp(name, link) == 0) bytes = found;
  fclose(links);
  if (bytes < 0) exit(3);
  return bytes;
}

static int receive(int fd, int is_udp, struct sockaddr_in *own, const char *link) {
  int on = 1, room = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  if (bind(fd, (struct sockaddr *)own, sizeof *own) != 0 || (!is_udp && listen(fd, 1) != 0)) return 2;
  if (!is_udp) fd = accept(fd, NULL, NULL);
  double first = 0, began = 0, before = 0;
  while (recv(fd, buffer, sizeof buffer, 0) > 0) {
    double at = now();
    if (first == 0) first = at;
    if (began == 0 && at - first >= 0.5) {
      before = received_bytes(link);
      began = now();
    }
    if (began == 0 || at - first < receives) continue;
    double bytes = received_bytes(link) - before;
    printf("%.0f\n", bytes * 8 / (now() - began));
    return 0;
  }
  return 2;
}

static int send_on(int fd, int is_udp, const struct sockaddr_in *to, double bits_per_second) {
  double began = now(), bits = 0;
  while (connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) {
    if (now() - began > 10) return 2;
    usleep(10000);
  }
  began = now();
  while (!is_udp || now() - began < 3) {
    ssize_t sent = send(fd, buffer, is_udp ? DATAGRAM : sizeof buffer, MSG_NOSIGNAL);
    if (sent < 0 && !is_udp) return 0;
    if (!is_udp) continue;
    /* A receiver that has not begun refuses, too. */
    if (sent < 0 && errno == ECONNREFUSED && now() - began > receives) return 0;
    bits += (DATAGRAM + HEADERS) * 8;
    double early = bits / bits_per_second - (now() - began);
    if (early > 0.001) usleep((useconds_t)(early * 1e6));
  }
  return 0;
}

int main(int count, char **words) {
  if (count < 5) return 2;
  int is_sender = strcmp(words[1], "send") == 0, is_udp = strcmp(words[2], "udp") == 0;
  struct sockaddr_in place = {.sin_family = AF_INET};
  int fd = socket(AF_INET, is_udp ? SOCK_DGRAM : SOCK_STREAM, 0);
  if (!is_sender) {
    place.sin_port = htons((uint16_t)atoi(words[3]));
    return receive(fd, is_udp, &place, words[4]);
  }
  if (count < 6 || inet_pton(AF_INET, words[3], &place.sin_addr) != 1) return 2;
  place.sin_port = htons((uint16_t)atoi(words[4]));
  return send_on(fd, is_udp, &place, atof(words[5]) * 1e6);
}
