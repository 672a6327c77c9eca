/* Looks into JSON text without copying or allocating: enough to find members and compare strings, and no more. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of somebody else's text; empty (length 0) means: not there. */
struct slice {
  const char *at;
  size_t length;
};

/* Whether the text is one complete object by RFC 8259, at most 128 levels deep. The functions below need this. */
bool json_is_object(struct slice text);

/* The raw value of the member `name` of an object; of several the last, as in Go and JavaScript. */
struct slice json_member(struct slice object, const char *name);

/* Whether the value is the string `ascii`, however it is escaped. */
bool json_string_is(struct slice value, const char *ascii);

/* Unescapes a string of 1 to size - 1 printable ASCII characters; false for any other value. */
bool json_string_copy(struct slice value, char *out, size_t size);

#endif
