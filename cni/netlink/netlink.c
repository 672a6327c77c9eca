#include "netlink.h"

#include <errno.h>
#include <limits.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Answers come in pieces of at most 32 KiB (netlink(7)). */
static _Alignas(8) unsigned char incoming[32768];
static uint32_t sequence;

const char dump_interrupted[] = "what was to be read has changed meanwhile";

static size_t aligned(size_t length) { return (length + 3) & ~(size_t)3; }

static void append(struct message *m, const void *bytes, size_t size) {
  if (aligned(size) > sizeof m->bytes - m->length) {
    m->too_long = true;
    return;
  }
  if (size > 0) memcpy(m->bytes + m->length, bytes, size);
  memset(m->bytes + m->length + size, 0, aligned(size) - size);
  m->length += aligned(size);
}

void message_start(struct message *m, uint16_t type, uint16_t flags, const void *body, size_t size) {
  struct nlmsghdr header = {.nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags)};
  m->length = 0;
  m->too_long = false;
  append(m, &header, sizeof header);
  append(m, body, size);
}

void message_put(struct message *m, uint16_t type, const void *value, size_t size) {
  struct nlattr header = {.nla_len = (uint16_t)(sizeof header + size), .nla_type = type};
  append(m, &header, sizeof header);
  append(m, value, size);
}

void message_put_u32(struct message *m, uint16_t type, uint32_t value) { message_put(m, type, &value, sizeof value); }

void message_put_text(struct message *m, uint16_t type, const char *text) {
  message_put(m, type, text, strlen(text) + 1);
}

size_t message_open(struct message *m, const void *head, size_t size) {
  size_t opened = m->length;
  append(m, head, size);
  return opened;
}

size_t message_open_attribute(struct message *m, uint16_t type) {
  struct nlattr header = {.nla_type = type};
  return message_open(m, &header, sizeof header);
}

void message_close(struct message *m, size_t opened) {
  uint16_t length = (uint16_t)(m->length - opened);
  if (!m->too_long) memcpy(m->bytes + opened, &length, sizeof length);
}

int netlink_open(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  int on = 1;
  /* With this option the kernel explains an error in a sentence, and not only by a number. Kernels before 4.12 lack it. */
  if (fd >= 0) setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  return fd;
}

static bool send_message(int fd, struct message *m) {
  if (m->too_long) {
    errno = EMSGSIZE;
    return false;
  }
  struct nlmsghdr header;
  memcpy(&header, m->bytes, sizeof header);
  header.nlmsg_len = (uint32_t)m->length;
  header.nlmsg_seq = ++sequence;
  memcpy(m->bytes, &header, sizeof header);
  return send(fd, m->bytes, m->length, 0) == (ssize_t)m->length;
}

const void *attribute(const void *attributes, size_t length, uint16_t type, size_t *size) {
  const unsigned char *at = attributes;
  struct nlattr header;
  while (length >= sizeof header) {
    memcpy(&header, at, sizeof header);
    if (header.nla_len < sizeof header || header.nla_len > length) return NULL;
    if ((header.nla_type & NLA_TYPE_MASK) == type) {
      *size = header.nla_len - sizeof header;
      return at + sizeof header;
    }
    size_t step = aligned(header.nla_len);
    if (step >= length) return NULL;
    at += step;
    length -= step;
  }
  return NULL;
}

/* The number of an error, which the kernel sends with a minus sign. The least integer has no opposite, and is no error. */
static int errno_of(int sent) { return sent == INT_MIN ? EPROTO : -sent; }

/* Reads an acknowledgement. Returns NULL for success, else the text of the error, with the kernel's sentence if there is one. */
static const char *read_error(const struct nlmsghdr *header, const unsigned char *body, size_t length) {
  static char text[256];
  struct nlmsgerr error;
  if (length < sizeof error) {
    errno = EPROTO;
    return "a short acknowledgement";
  }
  memcpy(&error, body, sizeof error);
  if (error.error == 0) return NULL;
  size_t quoted = header->nlmsg_flags & NLM_F_CAPPED ? sizeof error.msg : error.msg.nlmsg_len;
  size_t before = sizeof error - sizeof error.msg + aligned(quoted), size = 0;
  const char *sentence = NULL;
  if ((header->nlmsg_flags & NLM_F_ACK_TLVS) && before < length) {
    sentence = attribute(body + before, length - before, NLMSGERR_ATTR_MSG, &size);
  }
  bool told = sentence != NULL && memchr(sentence, '\0', size) != NULL;
  snprintf(text, sizeof text, "%s%s%s", strerror(errno_of(error.error)), told ? ": " : "", told ? sentence : "");
  /* Our answer is one line, but some of the kernel's sentences end with a newline. */
  text[strcspn(text, "\n")] = '\0';
  errno = errno_of(error.error);
  return text;
}

/* Reads the end of a dump. Returns NULL when the dump was whole. */
static const char *read_done(const unsigned char *body, size_t length) {
  int error = 0;
  if (length >= sizeof error) memcpy(&error, body, sizeof error);
  if (error >= 0) return NULL;
  errno = errno_of(error);
  return strerror(errno);
}

/* Reads one datagram of the kernel. Others in the namespace can send to this socket too; what they send is ignored. */
static ssize_t receive_piece(int fd) {
  for (;;) {
    struct sockaddr_nl from = {0};
    socklen_t from_size = sizeof from;
    ssize_t got = recvfrom(fd, incoming, sizeof incoming, MSG_TRUNC, (struct sockaddr *)&from, &from_size);
    if ((got < 0 && errno == EINTR) || (got >= 0 && from.nl_pid != 0)) continue;
    if (got <= (ssize_t)sizeof incoming) return got;
    /* Now it cannot be known where the answer ends. */
    fprintf(stderr, "an answer of the kernel has %zd bytes\n", got);
    exit(1);
  }
}

/* Reads until the answer to the message that was sent last has ended. */
static const char *receive(int fd, take_message *take) {
  bool is_interrupted = false;
  for (;;) {
    ssize_t got = receive_piece(fd);
    if (got < 0) return strerror(errno);
    size_t left = (size_t)got;
    const unsigned char *at = incoming;
    struct nlmsghdr header;
    while (left >= sizeof header) {
      memcpy(&header, at, sizeof header);
      if (header.nlmsg_len < sizeof header || header.nlmsg_len > left) break;
      const unsigned char *body = at + sizeof header;
      size_t length = header.nlmsg_len - sizeof header;
      if (header.nlmsg_seq == sequence) {
        if (header.nlmsg_flags & NLM_F_DUMP_INTR) is_interrupted = true;
        if (header.nlmsg_type == NLMSG_ERROR) return read_error(&header, body, length);
        if (header.nlmsg_type == NLMSG_DONE) return is_interrupted ? dump_interrupted : read_done(body, length);
        if (take != NULL) take(header.nlmsg_type, body, length);
      }
      size_t step = aligned(header.nlmsg_len);
      if (step >= left) break;
      at += step;
      left -= step;
    }
  }
}

const char *netlink_request(int fd, struct message *m) {
  struct nlmsghdr header;
  memcpy(&header, m->bytes, sizeof header);
  header.nlmsg_flags |= NLM_F_ACK;
  memcpy(m->bytes, &header, sizeof header);
  return send_message(fd, m) ? receive(fd, NULL) : strerror(errno);
}

const char *netlink_dump(int fd, uint16_t type, const void *body, size_t size, take_message *take) {
  struct message m;
  message_start(&m, type, NLM_F_DUMP, body, size);
  return send_message(fd, &m) ? receive(fd, take) : strerror(errno);
}
