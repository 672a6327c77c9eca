/* The reading half of ovn4nfv-netlink with answers that a kernel gives seldom: the argument names them, what comes of
 * them is printed. All are in the socket before they are asked for; numbers of requests count from 1. */
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "namespaces.h"
#include "netlink.h"
#include "state.h"

int host_socket = -1, pod_socket = -1, pod_namespace = -1;
static int kernel = -1;

static void answer(uint32_t request, uint16_t type, uint16_t flags, const void *body, size_t size) {
  unsigned char bytes[512] = {0};
  struct nlmsghdr header = {
      .nlmsg_len = (uint32_t)(sizeof header + size), .nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = request};
  memcpy(bytes, &header, sizeof header);
  if (size > 0) memcpy(bytes + sizeof header, body, size);
  if (send(kernel, bytes, header.nlmsg_len, 0) < 0) exit(2);
}

static void done(uint32_t request, uint16_t flags) {
  int error = 0;
  answer(request, NLMSG_DONE, flags, &error, sizeof error);
}

static void link_named(uint32_t request, uint16_t flags, const char *name) {
  struct {
    struct ifinfomsg link;
    struct nlattr attribute;
    char name[IFNAMSIZ];
  } body = {.attribute = {.nla_len = sizeof(struct nlattr) + IFNAMSIZ, .nla_type = IFLA_IFNAME}};
  strcpy(body.name, name);
  answer(request, RTM_NEWLINK, flags, &body, sizeof body);
}

static void between_processes(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) exit(2);
  host_socket = ends[0];
  kernel = ends[1];
}

static void show(void) {
  char *none[] = {NULL};
  const char *failed = show_state(none);
  puts(failed == NULL ? "ok" : failed);
}

static void interrupted_once(void) {
  between_processes();
  link_named(1, 0, "gone");
  link_named(1, NLM_F_DUMP_INTR, "late");
  done(1, 0);
  link_named(2, 0, "net1");
  for (uint32_t request = 2; request <= 7; request++) done(request, 0);
  show();
}

/* Longer than MAX_STATE of the build that is asked for it. */
static void many_links(void) {
  between_processes();
  for (int i = 0; i < 30; i++) link_named(1, 0, "net1");
  for (uint32_t request = 1; request <= 6; request++) done(request, 0);
  show();
}

static void interrupted_always(void) {
  between_processes();
  for (uint32_t request = 1; request <= 100; request++) done(request, NLM_F_DUMP_INTR);
  show();
}

static void sentence_of_two_lines(void) {
  static const char sentence[] = "first\nsecond\n";
  struct {
    struct nlmsgerr error;
    struct nlattr attribute;
    char sentence[16];
  } body = {.error = {.error = -17, .msg = {.nlmsg_len = sizeof(struct nlmsghdr)}},
            .attribute = {.nla_len = sizeof(struct nlattr) + sizeof sentence, .nla_type = NLMSGERR_ATTR_MSG}};
  struct message m;
  memcpy(body.sentence, sentence, sizeof sentence);
  between_processes();
  answer(1, NLMSG_ERROR, NLM_F_ACK_TLVS, &body, sizeof body);
  message_start(&m, RTM_NEWLINK, 0, NULL, 0);
  puts(netlink_request(host_socket, &m));
}

static void cut_off(void) {
  static unsigned char bytes[40000];
  between_processes();
  if (send(kernel, bytes, sizeof bytes, 0) < 0) exit(2);
  show();
}

/* To a socket of the real kernel, by a process that may. */
static void forged(void) {
  struct sockaddr_nl to;
  socklen_t size = sizeof to;
  host_socket = netlink_open();
  kernel = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (getsockname(host_socket, (struct sockaddr *)&to, &size) != 0) exit(2);
  if (connect(kernel, (struct sockaddr *)&to, size) != 0) exit(2);
  link_named(1, 0, "forged");
  done(1, 0);
  show();
}

static const struct {
  const char *name;
  void (*run)(void);
} all[] = {
    {"interrupted once", interrupted_once},
    {"interrupted always", interrupted_always},
    {"many links", many_links},
    {"sentence of two lines", sentence_of_two_lines},
    {"cut off", cut_off},
    {"forged", forged},
};

int main(int count, char **arguments) {
  for (size_t i = 0; count == 2 && i < sizeof all / sizeof *all; i++) {
    if (strcmp(all[i].name, arguments[1]) == 0) return all[i].run(), 0;
  }
  return 2;
}
