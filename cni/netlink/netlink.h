/* Messages to the kernel's rtnetlink (rtnetlink(7)): put together, sent, acknowledged. */
#ifndef NETLINK_H
#define NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_MESSAGE 8192

struct message {
  _Alignas(8) unsigned char bytes[MAX_MESSAGE];
  size_t length;
  bool too_long;
};

/* Begins a request that wants an acknowledgement; `body` is the fixed part behind the header. */
void message_start(struct message *m, uint16_t type, uint16_t flags, const void *body, size_t size);
void message_put(struct message *m, uint16_t type, const void *value, size_t size);
void message_put_u32(struct message *m, uint16_t type, uint32_t value);
void message_put_text(struct message *m, uint16_t type, const char *text);

/* What begins with a length of two bytes that counts what follows: attributes with others inside, next hops. The length
 * is filled in by close, to which the result is given. */
size_t message_open(struct message *m, const void *head, size_t size);
size_t message_open_attribute(struct message *m, uint16_t type);
void message_close(struct message *m, size_t opened);

/* A socket in the network namespace that the caller is in; -1 and errno when there is none. */
int netlink_open(void);

/* Sends a request and waits for its acknowledgement. NULL, or why the kernel did not do it, with errno set. */
const char *netlink_request(int fd, struct message *m);

/* One message of a dump: its type, its fixed part and the attributes behind it. */
typedef void take_message(uint16_t type, const void *body, size_t length);

/* What `netlink_dump` returns when the kernel says that what it tells of has changed in between. */
extern const char dump_interrupted[];

/* Hands every message of the answer to `take`. NULL, or why there is no whole answer. */
const char *netlink_dump(int fd, uint16_t type, const void *body, size_t size, take_message *take);

/* Attribute `type` among those in `length` bytes at `attributes`; NULL: not there. `size` becomes that of its value. */
const void *attribute(const void *attributes, size_t length, uint16_t type, size_t *size);

#endif
