/* Sends UDP packets from many network namespaces at once: ROUNDS START PORT PATH,LOCAL,REMOTE... Each of the last words is the
 * file of a namespace with the address that sends from it and the one that it sends to. Everything begins at START, in
 * milliseconds since 1970, when all sockets are open. Prints the number of packets that were sent and that came in. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { limit = 256, pause_us = 10000, drain_rounds = 60 };

static int sockets[limit];

static long long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int open_in(const char *path, const char *local, const char *remote, int port) {
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)}, to = from;
  int space = open(path, O_RDONLY);
  if (space < 0 || setns(space, CLONE_NEWNET) != 0) return -1;
  close(space);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  inet_pton(AF_INET, local, &from.sin_addr);
  inet_pton(AF_INET, remote, &to.sin_addr);
  if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof from) != 0) return -1;
  return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? fd : -1;
}

static long drain(int count) {
  char text[64];
  long got = 0;
  for (int i = 0; i < count; i++)
    while (recv(sockets[i], text, sizeof text, 0) > 0) got++;
  return got;
}

int main(int words, char **word) {
  if (words < 5 || words - 4 > limit) return 2;
  int rounds = atoi(word[1]), port = atoi(word[3]), count = words - 4;
  long long start = atoll(word[2]);
  for (int i = 0; i < count; i++) {
    char *path = strtok(word[i + 4], ","), *local = strtok(NULL, ","), *remote = strtok(NULL, ",");
    if (remote == NULL || (sockets[i] = open_in(path, local, remote, port)) < 0) {
      perror(path);
      return 1;
    }
  }
  while (now_ms() < start) usleep(1000);
  long sent = 0, received = 0;
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < count; i++) sent += send(sockets[i], "tap", 3, 0) == 3;
    usleep(pause_us);
    received += drain(count);
  }
  for (int round = 0; round < drain_rounds; round++) {
    usleep(pause_us);
    received += drain(count);
  }
  printf("%ld %ld\n", sent, received);
  return 0;
}
