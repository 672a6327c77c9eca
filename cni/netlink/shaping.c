#include "shaping.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <stdlib.h>
#include <string.h>

#include "links.h"
#include "namespaces.h"
#include "netlink.h"

/* The handle of the queueing discipline that leads away what the link is to send. */
#define LEADER TC_H_MAKE(1U << 16, 0)
/* The handles of buckets. The new one takes that which the old one does not have. */
#define BUCKET TC_H_MAKE(1U << 16, 0)
#define OTHER_BUCKET TC_H_MAKE(2U << 16, 0)
/* The handle of the first filter in the first table of u32. */
#define FIRST_FILTER 0x80000001U

static const char *add_discipline(int socket, const struct tcmsg *body, const char *kind, const void *options,
                                  size_t size) {
  struct message m;
  message_start(&m, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, body, sizeof *body);
  message_put_text(&m, TCA_KIND, kind);
  if (size > 0) message_put(&m, TCA_OPTIONS, options, size);
  return netlink_request(socket, &m);
}

static const char *make_bucket(int socket, int link, uint32_t handle, uint64_t rate, uint32_t burst, uint32_t queue) {
  struct tcmsg body = {.tcm_ifindex = link, .tcm_parent = TC_H_ROOT, .tcm_handle = handle};
  /* The kernel wants a table of times for a rate without a link layer. */
  struct tc_tbf_qopt bucket = {.rate = {.linklayer = TC_LINKLAYER_ETHERNET}, .limit = queue};
  struct message m;
  bucket.rate.rate = rate > UINT32_MAX ? UINT32_MAX : (uint32_t)rate;
  message_start(&m, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_EXCL, &body, sizeof body);
  message_put_text(&m, TCA_KIND, "tbf");
  size_t options = message_open_attribute(&m, TCA_OPTIONS);
  message_put(&m, TCA_TBF_PARMS, &bucket, sizeof bucket);
  message_put_u32(&m, TCA_TBF_BURST, burst);
  if (rate > UINT32_MAX) message_put(&m, TCA_TBF_RATE64, &rate, sizeof rate);
  message_close(&m, options);
  return netlink_request(socket, &m);
}

/* The words are LINK RATE BURST QUEUE: bytes in a second, bytes that may pass at once, and bytes that may wait.
 * A bucket never lets a packet go that is longer than its burst. It cuts such a packet when it comes, and not one that waits
 * already when the burst becomes smaller: that one would block the link for ever. So a bucket that is there is not changed. A new
 * one takes its place at once, and what waits is dropped. */
static const char *shape(int socket, char **words) {
  uint64_t rate = strtoull(words[1], NULL, 10);
  uint32_t burst = (uint32_t)strtoul(words[2], NULL, 10), queue = (uint32_t)strtoul(words[3], NULL, 10);
  int link = link_index(socket, words[0]);
  if (link == 0) return strerror(errno);
  if (rate == 0 || burst == 0 || queue == 0) return "this is no limit of bandwidth";
  const char *failed = make_bucket(socket, link, BUCKET, rate, burst, queue);
  return failed != NULL && errno == EEXIST ? make_bucket(socket, link, OTHER_BUCKET, rate, burst, queue) : failed;
}

const char *shape_in_host(char **words) { return shape(host_socket, words); }

const char *shape_in_pod(char **words) { return shape(pod_socket, words); }

/* Adds the filter that sends every packet to the link with the index `to`, unless it is there. Packets that come back from an
 * ifb pass it. */
static const char *lead_all(int link, uint32_t parent, uint32_t class_id, int to) {
  struct tcmsg body = {.tcm_ifindex = link, .tcm_parent = parent, .tcm_handle = FIRST_FILTER};
  /* One key, whose mask leaves nothing to compare, matches every packet. */
  struct tc_u32_sel head = {.flags = TC_U32_TERMINAL, .nkeys = 1};
  unsigned char all[sizeof head + sizeof(struct tc_u32_key)] = {0};
  struct tc_mirred redirect = {.action = TC_ACT_STOLEN, .eaction = TCA_EGRESS_REDIR, .ifindex = (uint32_t)to};
  struct message m;
  memcpy(all, &head, sizeof head);
  body.tcm_info = TC_H_MAKE(1U << 16, htons(ETH_P_ALL));
  message_start(&m, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
  message_put_text(&m, TCA_KIND, "u32");
  size_t options = message_open_attribute(&m, TCA_OPTIONS);
  if (class_id != 0) message_put_u32(&m, TCA_U32_CLASSID, class_id);
  message_put(&m, TCA_U32_SEL, all, sizeof all);
  size_t actions = message_open_attribute(&m, TCA_U32_ACT);
  size_t first = message_open_attribute(&m, 1);
  message_put_text(&m, TCA_ACT_KIND, "mirred");
  size_t of_action = message_open_attribute(&m, TCA_ACT_OPTIONS);
  message_put(&m, TCA_MIRRED_PARMS, &redirect, sizeof redirect);
  message_close(&m, of_action);
  message_close(&m, first);
  message_close(&m, actions);
  message_close(&m, options);
  const char *failed = netlink_request(host_socket, &m);
  return failed != NULL && errno != EEXIST ? failed : NULL;
}

static const char *find_both(char **words, int *link, int *to) {
  *link = link_index(host_socket, words[0]);
  if (*link != 0) *to = link_index(host_socket, words[1]);
  return *link == 0 || *to == 0 ? strerror(errno) : NULL;
}

/* LINK IFB: leads what the link is to send through the ifb first. A packet that waits there belongs to no socket any more, so
 * that it takes no room in the one socket through which an Open vSwitch in user space sends for all its ports. */
const char *lead_sent(char **words) {
  struct tc_htb_glob plain = {.version = 3, .rate2quantum = 10};
  unsigned char options[sizeof(struct nlattr) + sizeof plain];
  struct nlattr head = {.nla_len = sizeof options, .nla_type = TCA_HTB_INIT};
  int link = 0, to = 0;
  const char *failed = find_both(words, &link, &to);
  if (failed != NULL) return failed;
  memcpy(options, &head, sizeof head);
  memcpy(options + sizeof head, &plain, sizeof plain);
  struct tcmsg body = {.tcm_ifindex = link, .tcm_parent = TC_H_ROOT, .tcm_handle = LEADER};
  failed = add_discipline(host_socket, &body, "htb", options, sizeof options);
  /* The class that is the discipline itself lets packets pass at once. */
  return failed == NULL ? lead_all(link, LEADER, LEADER, to) : failed;
}

/* LINK IFB: leads what the link has received through the ifb, before anybody else gets it. It may be led already. */
const char *lead_received(char **words) {
  int link = 0, to = 0;
  const char *failed = find_both(words, &link, &to);
  if (failed != NULL) return failed;
  struct tcmsg body = {.tcm_ifindex = link, .tcm_parent = TC_H_INGRESS, .tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0)};
  failed = add_discipline(host_socket, &body, "ingress", NULL, 0);
  return failed == NULL ? lead_all(link, body.tcm_handle, 0, to) : failed;
}
