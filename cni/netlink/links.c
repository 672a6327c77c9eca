#include "links.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "namespaces.h"
#include "netlink.h"

#define MAX_PAIRS 1024
/* A link group that no configuration by hand uses. Every link in it is about to be removed, whoever put it there. */
#define LEAVING 0x6f766e34

static int made[MAX_PAIRS];
static size_t made_count;

static bool name_request(struct ifreq *request, const char *name) {
  memset(request, 0, sizeof *request);
  if (strlen(name) >= sizeof request->ifr_name) {
    errno = ENODEV;
    return false;
  }
  strcpy(request->ifr_name, name);
  return true;
}

int link_index(int socket, const char *name) {
  struct ifreq request;
  if (!name_request(&request, name) || ioctl(socket, SIOCGIFINDEX, &request) != 0) return 0;
  return request.ifr_ifindex;
}

/* Writes a setting of IPv6 that keeps something off. A kernel without IPv6 does not have the setting, and needs none. */
static const char *keep_off(write_setting *write_there, const char *link, const char *setting, const char *value) {
  char name[64];
  snprintf(name, sizeof name, "ipv6/conf/%s/%s", link, setting);
  const char *failed = write_there(name, value);
  return failed != NULL && errno != ENOENT ? failed : NULL;
}

static bool parse_mac(const char *text, unsigned char mac[6]) {
  int end = 0;
  return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5,
                &end) == 6 && text[end] == '\0';
}

/* HOST NAME MAC MTU: makes a pair. The host's end is up from the start; the pod's end is in the pod's namespace under its
 * final name. The host's end has no IPv6: where Open vSwitch forwards in user space, the node hears what the pod sends, and
 * would answer it past OVN. */
const char *make_pair(char **words) {
  unsigned char mac[6];
  struct ifinfomsg host = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}, pod = {.ifi_family = AF_UNSPEC};
  uint32_t mtu = (uint32_t)strtoul(words[3], NULL, 10);
  struct message m;
  if (!parse_mac(words[2], mac)) return "this is no MAC address";
  if (made_count == MAX_PAIRS) return "these are too many pairs";
  message_start(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &host, sizeof host);
  message_put_text(&m, IFLA_IFNAME, words[0]);
  message_put_u32(&m, IFLA_MTU, mtu);
  size_t info = message_open_attribute(&m, IFLA_LINKINFO);
  message_put_text(&m, IFLA_INFO_KIND, "veth");
  size_t data = message_open_attribute(&m, IFLA_INFO_DATA);
  size_t peer = message_open_attribute(&m, VETH_INFO_PEER);
  message_open(&m, &pod, sizeof pod);
  message_put_text(&m, IFLA_IFNAME, words[1]);
  message_put(&m, IFLA_ADDRESS, mac, sizeof mac);
  message_put_u32(&m, IFLA_MTU, mtu);
  message_put_u32(&m, IFLA_NET_NS_FD, (uint32_t)pod_namespace);
  message_close(&m, peer);
  message_close(&m, data);
  message_close(&m, info);
  const char *failed = netlink_request(host_socket, &m);
  if (failed != NULL) return failed;
  made[made_count++] = link_index(host_socket, words[0]);
  return keep_off(write_host_setting, words[0], "disable_ipv6", "1");
}

/* NAME: makes an ifb, which is up from the start. It is removed together with the pair whose name it has, see `ifb_of`. */
const char *make_ifb(char **words) {
  struct ifinfomsg body = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  struct message m;
  if (made_count == MAX_PAIRS) return "these are too many links";
  message_start(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
  message_put_text(&m, IFLA_IFNAME, words[0]);
  size_t info = message_open_attribute(&m, IFLA_LINKINFO);
  message_put_text(&m, IFLA_INFO_KIND, "ifb");
  message_close(&m, info);
  const char *failed = netlink_request(host_socket, &m);
  if (failed == NULL) made[made_count++] = link_index(host_socket, words[0]);
  return failed;
}

/* The ifb of a pair has the name of the host's end with other first letters. Returns false when that name is too short. */
static bool ifb_of(const char *host_name, char name[IFNAMSIZ]) {
  size_t length = strlen(host_name);
  if (length <= 3 || length >= IFNAMSIZ) return false;
  snprintf(name, IFNAMSIZ, "ifb%s", host_name + 3);
  return true;
}

static const char *remove_link(int index) {
  struct ifinfomsg link = {.ifi_index = index};
  struct message m;
  message_start(&m, RTM_DELLINK, 0, &link, sizeof link);
  return netlink_request(host_socket, &m);
}

void keep_pairs(void) { made_count = 0; }

void roll_back_pairs(void) {
  while (made_count > 0) remove_link(made[--made_count]);
}

static const char *put_in_group(int index, uint32_t group) {
  struct ifinfomsg link = {.ifi_index = index};
  struct message m;
  message_start(&m, RTM_SETLINK, 0, &link, sizeof link);
  message_put_u32(&m, IFLA_GROUP, group);
  return netlink_request(host_socket, &m);
}

/* HOST TEXT: sets the alias of a host's end, which says what it was made for. A pair may be removed at the same time. */
const char *set_alias(char **words) {
  struct ifinfomsg link = {.ifi_index = link_index(host_socket, words[0])};
  struct message m;
  if (link.ifi_index == 0) return errno == ENODEV ? NULL : strerror(errno);
  message_start(&m, RTM_SETLINK, 0, &link, sizeof link);
  message_put_text(&m, IFLA_IFALIAS, words[1]);
  const char *failed = netlink_request(host_socket, &m);
  return failed != NULL && errno != ENODEV ? failed : NULL;
}

/* Marks the link for removal, if it exists. */
static const char *let_go(const char *name) {
  int index = link_index(host_socket, name);
  if (index == 0) return errno == ENODEV ? NULL : strerror(errno);
  const char *failed = put_in_group(index, LEAVING);
  /* A pod's namespace may be removed at the same time, and its pairs with it. */
  return failed != NULL && errno != ENODEV ? failed : NULL;
}

/* HOST...: removes those of the pairs that exist, and their ifbs. They are removed as a group, for which the kernel waits only once; one by
 * one it would wait 20 ms for each. */
const char *remove_pairs(char **words) {
  struct ifinfomsg any = {.ifi_family = AF_UNSPEC};
  struct message m;
  for (; *words != NULL; words++) {
    char ifb[IFNAMSIZ];
    const char *failed = let_go(*words);
    if (failed == NULL && ifb_of(*words, ifb)) failed = let_go(ifb);
    if (failed != NULL) return failed;
  }
  message_start(&m, RTM_DELLINK, 0, &any, sizeof any);
  message_put_u32(&m, IFLA_GROUP, LEAVING);
  const char *failed = netlink_request(host_socket, &m);
  return failed != NULL && errno != ENODEV ? failed : NULL;
}

static const char *set_flag_up(int socket, const char *name, unsigned up) {
  struct ifinfomsg link = {.ifi_flags = up, .ifi_change = IFF_UP};
  struct message m;
  link.ifi_index = link_index(socket, name);
  if (link.ifi_index == 0) return strerror(errno);
  message_start(&m, RTM_SETLINK, 0, &link, sizeof link);
  return netlink_request(socket, &m);
}

/* NAME: brings the link up. */
const char *bring_up(char **words) { return set_flag_up(pod_socket, words[0], IFF_UP); }

/* NAME: brings a link of the host up, or down. */
const char *bring_host_up(char **words) { return set_flag_up(host_socket, words[0], IFF_UP); }
const char *bring_host_down(char **words) { return set_flag_up(host_socket, words[0], 0); }

/* NAME: switches IPv6 on for the link, since it may be off in the pod. Router advertisements are not accepted: they must not
 * add addresses that OVN has not handed out. */
const char *allow_ipv6(char **words) {
  static const char *const off[] = {"disable_ipv6", "accept_ra"};
  for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
    char name[64];
    snprintf(name, sizeof name, "ipv6/conf/%s/%s", words[0], off[i]);
    const char *failed = write_pod_setting(name, "0");
    if (failed != NULL) return failed;
  }
  return NULL;
}

/* NAME: keeps IPv6 off the link, so that it has no address at all. */
const char *refuse_ipv6(char **words) { return keep_off(write_pod_setting, words[0], "disable_ipv6", "1"); }

/* NAME: keeps router advertisements from adding addresses and routes. The link-local address stays. */
const char *refuse_advertisements(char **words) { return keep_off(write_pod_setting, words[0], "accept_ra", "0"); }

/* NAME: keeps IPv6 off a link of the host, or gives it what new links of the host have. */
const char *refuse_host_ipv6(char **words) { return keep_off(write_host_setting, words[0], "disable_ipv6", "1"); }
const char *restore_host_ipv6(char **words) {
  char usual[2];
  const char *failed = read_host_digit("ipv6/conf/default/disable_ipv6", usual);
  if (failed != NULL) return errno != ENOENT ? failed : NULL;
  return keep_off(write_host_setting, words[0], "disable_ipv6", usual);
}

/* NAME: makes the kernel complete the checksums of packets before they leave through the link. */
const char *complete_checksums(char **words) {
  struct ethtool_value off = {.cmd = ETHTOOL_STXCSUM, .data = 0};
  struct ifreq request;
  if (!name_request(&request, words[0])) return strerror(errno);
  request.ifr_data = (char *)&off;
  return ioctl(pod_socket, SIOCETHTOOL, &request) == 0 ? NULL : strerror(errno);
}
