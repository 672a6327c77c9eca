/* Feeds ovn4nfv-netlink with what the kernel answers to a request, and prints the state from it. The first byte of the input
 * chooses the kind of request, the second one the family of routes; the rest is a datagram. */
#include "netlink.c"
#include "state.c"

#include <fcntl.h>

int host_socket = -1;
int pod_socket = -1;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static take_message *const takers[] = {print_link, print_address, print_route, print_rule, NULL, print_discipline};
  struct nlmsghdr done = {.nlmsg_len = sizeof done, .nlmsg_type = NLMSG_DONE};
  int ends[2];
  if (size < 2 || size - 2 > sizeof incoming) return 0;
  if (lines == NULL) lines = fopen("/dev/null", "w");
  shown = -1;
  shown_family = data[1];
  sequence = 0;
  if (lines == NULL || socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) abort();
  if (send(ends[0], data + 2, size - 2, 0) < 0 || send(ends[0], &done, sizeof done, 0) < 0) abort();
  receive(ends[1], takers[data[0] % (sizeof takers / sizeof *takers)]);
  close(ends[0]);
  close(ends[1]);
  return 0;
}
