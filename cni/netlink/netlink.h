/* Builds messages to the kernel's rtnetlink (rtnetlink(7)), sends them and waits for the answer. */
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

/* Begins a part of the message that starts with its own length in two bytes, such as an attribute with others inside, or a
 * next hop. Give the result to `message_close`, which fills in the length. */
size_t message_open(struct message *m, const void *head, size_t size);
size_t message_open_attribute(struct message *m, uint16_t type);
void message_close(struct message *m, size_t opened);

/* Opens a socket in the network namespace that the caller is in. Returns -1 and sets errno when it cannot. */
int netlink_open(void);

/* Sends a request and waits for its acknowledgement. Returns NULL, or the reason why the kernel did not do it, with errno. */
const char *netlink_request(int fd, struct message *m);

/* One message of a dump: its type, its fixed part and the attributes behind it. */
typedef void take_message(uint16_t type, const void *body, size_t length);

/* `netlink_dump` returns this when the kernel says that its tables have changed while it was answering. */
extern const char dump_interrupted[];

/* Hands every message of the answer to `take`. Returns NULL, or the reason why the answer is not whole. */
const char *netlink_dump(int fd, uint16_t type, const void *body, size_t size, take_message *take);

/* Finds the attribute `type` among those in `length` bytes at `attributes`. Returns its value and sets `size` to the size of
 * the value, or returns NULL when the attribute is not there. */
const void *attribute(const void *attributes, size_t length, uint16_t type, size_t *size);

#endif
