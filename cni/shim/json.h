/* Reads JSON text without copying or allocating. It can find members and compare strings, and no more. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

/* A part of a text that belongs to somebody else. It is empty (length 0) when the part does not exist. */
struct slice {
  const char *at;
  size_t length;
};

/* True when the text is one complete object by RFC 8259, at most 128 levels deep. The functions below rely on this. */
bool json_is_object(struct slice text);

/* Returns the raw value of the member `name` of an object. When it occurs more than once the last counts, as in Go. */
struct slice json_member(struct slice object, const char *name);

/* True when the value is the string `ascii`, in any escaped form. */
bool json_string_is(struct slice value, const char *ascii);

/* Unescapes a string of 1 to size - 1 printable ASCII characters. Returns false for any other value. */
bool json_string_copy(struct slice value, char *out, size_t size);

#endif
