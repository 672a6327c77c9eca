/* Prints the frames that arrive at an interface, the argument, or leave through it: SOURCE DESTINATION TAG TYPE PORT. TAG is
 * the VLAN, or 0 without a tag; TYPE is the EtherType behind it, and PORT the destination port of UDP over IPv4, or 0. */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static void print_mac(const unsigned char *mac) {
  printf("%02x:%02x:%02x:%02x:%02x:%02x ", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static unsigned word(const unsigned char *at) { return (unsigned)at[0] << 8 | at[1]; }

/* The kernel takes the first tag out of a frame, and hands it over beside the frame. */
static unsigned tag_beside(struct msghdr *message) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
    struct tpacket_auxdata data;
    if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA) continue;
    memcpy(&data, CMSG_DATA(c), sizeof data);
    if (data.tp_status & TP_STATUS_VLAN_VALID) return data.tp_vlan_tci & 0xfff;
  }
  return 0;
}

static void print_frame(const unsigned char *frame, size_t length, unsigned tag) {
  size_t at = 12;
  if (length < 14) return;
  if (tag == 0 && word(frame + at) == ETHERTYPE_VLAN && length >= 18) {
    tag = word(frame + 14) & 0xfff;
    at = 16;
  }
  unsigned type = word(frame + at), port = 0;
  if (type == ETHERTYPE_IP && length >= at + 2 + 28 && frame[at + 2 + 9] == 17) port = word(frame + at + 2 + 22);
  print_mac(frame + 6);
  print_mac(frame);
  printf("%u %04x %u\n", tag, type, port);
}

int main(int count, char **words) {
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
  int on = 1, fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  if (count != 2 || fd < 0) return 2;
  address.sll_ifindex = (int)if_nametoindex(words[1]);
  if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) != 0) return 2;
  if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("listening");
  for (;;) {
    unsigned char frame[65536], control[256];
    struct iovec part = {.iov_base = frame, .iov_len = sizeof frame};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(fd, &message, 0);
    if (got > 0) print_frame(frame, (size_t)got, tag_beside(&message));
  }
}
