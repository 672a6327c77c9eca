#include "state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "namespaces.h"
#include "netlink.h"

/* The socket of the namespace that is shown: the pod's, or the host's when no namespace was named. */
static int shown;
/* The family of the routes that are shown. A kernel without IPv6 answers a request for IPv6 routes with other routes. */
static unsigned char shown_family;
/* Lines are kept here until it is known that nothing has changed while they were read. */
static FILE *lines;
/* The agent keeps a whole state in its memory, and a pod may have any number of links, addresses and routes. */
#ifndef MAX_STATE
#define MAX_STATE (4 * 1024 * 1024)
#endif
static const char too_long[] = "there are more links, addresses and routes than can be read";
/* The state of a node changes often while pods come and go. A node on which so many reads fail has another problem. */
#define MAX_READS 20

/* Splits a message into its fixed part and the attributes behind it. Returns false when the message is too short. */
static bool split(const void *from, size_t *length, void *body, size_t size, const void **attributes) {
  if (*length < size) return false;
  memcpy(body, from, size);
  *attributes = (const unsigned char *)from + size;
  *length -= size;
  return true;
}

static uint32_t number(const void *attributes, size_t length, uint16_t type, uint32_t otherwise) {
  size_t size = 0;
  uint32_t value = otherwise;
  const void *found = attribute(attributes, length, type, &size);
  if (found != NULL && size == sizeof value) memcpy(&value, found, sizeof value);
  return value;
}

static const char *link_name(uint32_t index) {
  static struct ifreq request;
  request.ifr_ifindex = (int)index;
  return index != 0 && ioctl(shown, SIOCGIFNAME, &request) == 0 ? request.ifr_name : "-";
}

/* Returns the address in an attribute, or `-` when the attribute is not there. */
static const char *address_in(const void *attributes, size_t length, uint16_t type, int family) {
  static char text[INET6_ADDRSTRLEN];
  size_t size = 0;
  const void *found = attribute(attributes, length, type, &size);
  size_t wanted = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
  return found == NULL || size != wanted || inet_ntop(family, found, text, sizeof text) == NULL ? "-" : text;
}

/* An alias may have any bytes. One that would not be read back as a word is left out. */
static const char *word_in(const char *text, size_t size) {
  if (text == NULL || size < 2 || text[size - 1] != '\0') return "-";
  for (const char *at = text; at < text + size - 1; at++)
    if (*at <= ' ' || *at > '~') return "-";
  return text;
}

/* The index of the link below this one, or 0. The other end of a pair is not below it, and neither is a link of another
 * namespace. */
static uint32_t lower_index(const void *attributes, size_t length, int own) {
  size_t size = 0, kind_size = 0;
  uint32_t lower = number(attributes, length, IFLA_LINK, 0);
  const void *info = attribute(attributes, length, IFLA_LINKINFO, &size);
  const char *kind = info == NULL ? NULL : attribute(info, size, IFLA_INFO_KIND, &kind_size);
  if (kind != NULL && kind_size == sizeof "veth" && memcmp(kind, "veth", kind_size) == 0) return 0;
  if (attribute(attributes, length, IFLA_LINK_NETNSID, &size) != NULL) return 0;
  return lower == (uint32_t)own ? 0 : lower;
}

static void print_link(uint16_t type, const void *message, size_t length) {
  struct ifinfomsg body;
  const void *attributes;
  size_t size = 0, mac_size = 0, alias_size = 0;
  if (type != RTM_NEWLINK || !split(message, &length, &body, sizeof body, &attributes)) return;
  const char *name = attribute(attributes, length, IFLA_IFNAME, &size);
  const unsigned char *mac = attribute(attributes, length, IFLA_ADDRESS, &mac_size);
  const char *alias = attribute(attributes, length, IFLA_IFALIAS, &alias_size);
  if (name == NULL || memchr(name, '\0', size) == NULL) return;
  fprintf(lines, "link %s ", name);
  for (size_t i = 0; mac != NULL && i < mac_size; i++) fprintf(lines, i == 0 ? "%02x" : ":%02x", mac[i]);
  fprintf(lines, "%s %u %s %d %s", mac_size == 0 ? "-" : "", number(attributes, length, IFLA_MTU, 0),
         body.ifi_flags & IFF_UP ? "up" : "down", body.ifi_index, word_in(alias, alias_size));
  fprintf(lines, " %s", body.ifi_flags & IFF_LOWER_UP ? "carrier" : "-");
  fprintf(lines, " %s", link_name(number(attributes, length, IFLA_MASTER, 0)));
  fprintf(lines, " %s\n", link_name(lower_index(attributes, length, body.ifi_index)));
}

static void print_address(uint16_t type, const void *message, size_t length) {
  struct ifaddrmsg body;
  const void *attributes;
  size_t size = 0;
  if (type != RTM_NEWADDR || !split(message, &length, &body, sizeof body, &attributes)) return;
  if (body.ifa_family != AF_INET && body.ifa_family != AF_INET6) return;
  /* Where the two attributes differ, IFA_ADDRESS is the address of the other end. */
  uint16_t own = attribute(attributes, length, IFA_LOCAL, &size) == NULL ? IFA_ADDRESS : IFA_LOCAL;
  fprintf(lines, "address %s %s/%u\n", link_name(body.ifa_index), address_in(attributes, length, own, body.ifa_family),
         body.ifa_prefixlen);
}

static void print_hop(uint32_t index, const void *attributes, size_t length, int family) {
  fprintf(lines, " %s %s", link_name(index), address_in(attributes, length, RTA_GATEWAY, family));
}

static void print_hops(const unsigned char *at, size_t left, int family) {
  struct rtnexthop hop;
  while (left >= sizeof hop) {
    memcpy(&hop, at, sizeof hop);
    if (hop.rtnh_len < sizeof hop || hop.rtnh_len > left) return;
    print_hop((uint32_t)hop.rtnh_ifindex, at + sizeof hop, hop.rtnh_len - sizeof hop, family);
    size_t step = (size_t)RTNH_ALIGN(hop.rtnh_len);
    if (step >= left) return;
    at += step;
    left -= step;
  }
}

static void print_route(uint16_t type, const void *message, size_t length) {
  struct rtmsg body;
  const void *attributes;
  size_t size = 0;
  if (type != RTM_NEWROUTE || !split(message, &length, &body, sizeof body, &attributes)) return;
  if (body.rtm_family != shown_family || body.rtm_type != RTN_UNICAST) return;
  uint32_t table = number(attributes, length, RTA_TABLE, body.rtm_table);
  if (table == RT_TABLE_LOCAL || body.rtm_flags & RTM_F_CLONED) return;
  const char *to = address_in(attributes, length, RTA_DST, body.rtm_family);
  if (body.rtm_dst_len == 0) to = body.rtm_family == AF_INET ? "0.0.0.0" : "::";
  fprintf(lines, "route %s/%u %u %u", to, body.rtm_dst_len, table, number(attributes, length, RTA_PRIORITY, 0));
  const void *hops = attribute(attributes, length, RTA_MULTIPATH, &size);
  uint32_t device = number(attributes, length, RTA_OIF, 0);
  if (hops != NULL) print_hops(hops, size, body.rtm_family);
  else if (device != 0) print_hop(device, attributes, length, body.rtm_family);
  fprintf(lines, "\n");
}

static void print_rule(uint16_t type, const void *message, size_t length) {
  struct fib_rule_hdr body;
  const void *attributes;
  if (type != RTM_NEWRULE || !split(message, &length, &body, sizeof body, &attributes)) return;
  if (body.family != AF_INET && body.family != AF_INET6) return;
  if (body.action != FR_ACT_TO_TBL || body.src_len == 0) return;
  fprintf(lines, "rule %s/%u %u\n", address_in(attributes, length, FRA_SRC, body.family), body.src_len,
          number(attributes, length, FRA_TABLE, body.table));
}

static void print_discipline(uint16_t type, const void *message, size_t length) {
  struct tcmsg body;
  const void *attributes, *bucket;
  size_t size = 0, options_size = 0;
  struct tc_tbf_qopt read;
  if (type != RTM_NEWQDISC || !split(message, &length, &body, sizeof body, &attributes)) return;
  const char *kind = attribute(attributes, length, TCA_KIND, &size), *name = link_name((uint32_t)body.tcm_ifindex);
  if (kind == NULL || memchr(kind, '\0', size) == NULL) return;
  if (body.tcm_parent == TC_H_INGRESS && strcmp(kind, "ingress") == 0) fprintf(lines, "led %s received\n", name);
  if (body.tcm_parent != TC_H_ROOT) return;
  if (strcmp(kind, "htb") == 0) fprintf(lines, "led %s sent\n", name);
  if (strcmp(kind, "tbf") != 0) return;
  const void *options = attribute(attributes, length, TCA_OPTIONS, &options_size);
  bucket = options == NULL ? NULL : attribute(options, options_size, TCA_TBF_PARMS, &size);
  if (bucket == NULL || size != sizeof read) return;
  memcpy(&read, bucket, sizeof read);
  uint64_t rate = read.rate.rate;
  const void *large = attribute(options, options_size, TCA_TBF_RATE64, &size);
  if (large != NULL && size == sizeof rate) memcpy(&rate, large, sizeof rate);
  fprintf(lines, "shaped %s %llu\n", name, (unsigned long long)rate);
}

static take_message *print;

static bool is_too_long(void) { return ftell(lines) > MAX_STATE; }

/* Prints a message, unless the state is too long already. */
static void print_within(uint16_t type, const void *message, size_t length) {
  if (!is_too_long()) print(type, message, length);
}

static const char *dump(uint16_t type, const void *body, size_t size, take_message *take) {
  print = take;
  const char *failed = netlink_dump(shown, type, body, size, print_within);
  return failed == NULL && is_too_long() ? too_long : failed;
}

static const char *show_routes(unsigned char family) {
  struct rtmsg route = {.rtm_family = family};
  shown_family = family;
  return dump(RTM_GETROUTE, &route, sizeof route, print_route);
}

static const char *read_routing(void) {
  struct fib_rule_hdr rule = {.family = AF_UNSPEC};
  const char *failed = show_routes(AF_INET);
  if (failed == NULL) failed = show_routes(AF_INET6);
  return failed == NULL ? dump(RTM_GETRULE, &rule, sizeof rule, print_rule) : failed;
}

static const char *read_state(bool only_links) {
  struct ifinfomsg link = {.ifi_family = AF_UNSPEC};
  struct ifaddrmsg address = {.ifa_family = AF_UNSPEC};
  struct tcmsg discipline = {.tcm_family = AF_UNSPEC};
  const char *failed = dump(RTM_GETLINK, &link, sizeof link, print_link);
  if (failed == NULL) failed = dump(RTM_GETADDR, &address, sizeof address, print_address);
  if (failed == NULL && !only_links) failed = read_routing();
  return failed == NULL ? dump(RTM_GETQDISC, &discipline, sizeof discipline, print_discipline) : failed;
}

/* Prints the state if all of it could be read. */
static const char *print_state(bool only_links) {
  char *text = NULL;
  size_t size = 0;
  lines = open_memstream(&text, &size);
  if (lines == NULL) return strerror(errno);
  const char *failed = read_state(only_links);
  if (fclose(lines) != 0 && failed == NULL) failed = strerror(errno);
  if (failed == NULL) fwrite(text, 1, size, stdout);
  free(text);
  return failed;
}

const char *show_state(char **words) {
  const char *failed = dump_interrupted;
  bool only_links = words[0] != NULL;
  if (only_links && strcmp(words[0], "links") != 0) return "only the links can be shown alone";
  shown = pod_socket < 0 ? host_socket : pod_socket;
  for (int reads = 0; failed == dump_interrupted && reads < MAX_READS; reads++) failed = print_state(only_links);
  return failed;
}
