#include "routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "links.h"
#include "namespaces.h"
#include "netlink.h"

struct prefix {
  unsigned char family;
  unsigned char length;
  unsigned char bytes[16];
};

static size_t size_of(const struct prefix *p) { return p->family == AF_INET ? 4 : 16; }

/* Reads an address with or without `/length`. Without it the length is that of the whole address. */
static bool parse_prefix(const char *text, struct prefix *p) {
  char address[INET6_ADDRSTRLEN];
  const char *slash = strchr(text, '/');
  size_t length = slash == NULL ? strlen(text) : (size_t)(slash - text);
  if (length >= sizeof address) return false;
  memcpy(address, text, length);
  address[length] = '\0';
  memset(p, 0, sizeof *p);
  p->family = strchr(address, ':') == NULL ? AF_INET : AF_INET6;
  if (inet_pton(p->family, address, p->bytes) != 1) return false;
  unsigned long most = 8 * size_of(p), wanted = most;
  if (slash != NULL) {
    char *end;
    wanted = strtoul(slash + 1, &end, 10);
    if (end == slash + 1 || *end != '\0' || wanted > most) return false;
  }
  p->length = (unsigned char)wanted;
  return true;
}

/* NAME ADDRESS/LENGTH: adds the address without duplicate address detection, because OVN hands an address out only once. */
const char *add_address(char **words) {
  struct prefix own;
  struct message m;
  int index = link_index(pod_socket, words[0]);
  if (index == 0) return strerror(errno);
  if (!parse_prefix(words[1], &own)) return "this is no address with a prefix length";
  struct ifaddrmsg body = {.ifa_family = own.family, .ifa_prefixlen = own.length, .ifa_index = (uint32_t)index};
  if (own.family == AF_INET6) body.ifa_flags = IFA_F_NODAD;
  message_start(&m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
  message_put(&m, IFA_LOCAL, own.bytes, size_of(&own));
  message_put(&m, IFA_ADDRESS, own.bytes, size_of(&own));
  return netlink_request(pod_socket, &m);
}

/* The gateway `-` means that there is none. */
static const char *put_gateway(struct message *m, const char *text, unsigned char family) {
  struct prefix gateway;
  if (strcmp(text, "-") == 0) return NULL;
  if (!parse_prefix(text, &gateway) || gateway.family != family) return "this is no gateway for the destination";
  message_put(m, RTA_GATEWAY, gateway.bytes, size_of(&gateway));
  return NULL;
}

/* The words are DEVICE GATEWAY [DEVICE GATEWAY]... */
static const char *put_hops(struct message *m, char **words, unsigned char family) {
  bool several = words[2] != NULL;
  size_t list = several ? message_open_attribute(m, RTA_MULTIPATH) : 0;
  for (; words[0] != NULL; words += 2) {
    struct rtnexthop head = {.rtnh_ifindex = link_index(pod_socket, words[0])};
    if (head.rtnh_ifindex == 0) return strerror(errno);
    if (words[1] == NULL) return "the last next hop has no gateway";
    size_t hop = several ? message_open(m, &head, sizeof head) : 0;
    const char *failed = put_gateway(m, words[1], family);
    if (failed != NULL) return failed;
    if (several) message_close(m, hop);
    else message_put_u32(m, RTA_OIF, (uint32_t)head.rtnh_ifindex);
  }
  if (several) message_close(m, list);
  return NULL;
}

/* The words are DESTINATION TABLE METRIC DEVICE GATEWAY [DEVICE GATEWAY]...; for the metric 0 the kernel chooses one. */
static const char *change_route(char **words, uint16_t type, uint16_t flags) {
  struct prefix to;
  struct message m;
  if (!parse_prefix(words[0], &to)) return "this is no destination";
  struct rtmsg body = {.rtm_family = to.family, .rtm_dst_len = to.length, .rtm_scope = RT_SCOPE_NOWHERE};
  if (type == RTM_NEWROUTE) {
    bool direct = words[5] == NULL && strcmp(words[4], "-") == 0;
    body.rtm_protocol = RTPROT_BOOT;
    body.rtm_type = RTN_UNICAST;
    body.rtm_scope = direct && to.family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  }
  uint32_t table = (uint32_t)strtoul(words[1], NULL, 10), metric = (uint32_t)strtoul(words[2], NULL, 10);
  message_start(&m, type, flags, &body, sizeof body);
  message_put_u32(&m, RTA_TABLE, table);
  if (to.length > 0) message_put(&m, RTA_DST, to.bytes, size_of(&to));
  if (metric > 0) message_put_u32(&m, RTA_PRIORITY, metric);
  const char *failed = put_hops(&m, words + 3, to.family);
  return failed == NULL ? netlink_request(pod_socket, &m) : failed;
}

const char *add_route(char **words) { return change_route(words, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL); }

const char *replace_route(char **words) { return change_route(words, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE); }

const char *remove_route(char **words) { return change_route(words, RTM_DELROUTE, 0); }

static const char *change_rule(char **words, uint16_t type, uint16_t flags) {
  struct prefix from;
  struct message m;
  if (!parse_prefix(words[0], &from)) return "this is no address";
  struct fib_rule_hdr body = {.family = from.family, .src_len = from.length, .action = FR_ACT_TO_TBL};
  message_start(&m, type, flags, &body, sizeof body);
  message_put(&m, FRA_SRC, from.bytes, size_of(&from));
  message_put_u32(&m, FRA_TABLE, (uint32_t)strtoul(words[1], NULL, 10));
  return netlink_request(pod_socket, &m);
}

/* ADDRESS TABLE: adds a rule, so that packets with this source address are routed by the table. */
const char *add_rule(char **words) { return change_rule(words, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL); }

const char *remove_rule(char **words) { return change_rule(words, RTM_DELRULE, 0); }
