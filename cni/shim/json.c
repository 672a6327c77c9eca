#include "json.h"

#include <string.h>

#define MAX_DEPTH 128

struct cursor {
  const char *at;
  const char *end;
};

static int peek(const struct cursor *c) { return c->at < c->end ? (unsigned char)*c->at : -1; }

static bool take(struct cursor *c, char wanted) {
  if (peek(c) != wanted) return false;
  c->at++;
  return true;
}

static void skip_space(struct cursor *c) {
  while (c->at < c->end && memchr(" \t\n\r", *c->at, 4) != NULL) c->at++;
}

static bool skip_digits(struct cursor *c) {
  const char *first = c->at;
  while (peek(c) >= '0' && peek(c) <= '9') c->at++;
  return c->at > first;
}

static bool skip_number(struct cursor *c) {
  take(c, '-');
  if (!take(c, '0') && !skip_digits(c)) return false;
  if (take(c, '.') && !skip_digits(c)) return false;
  if (!take(c, 'e') && !take(c, 'E')) return true;
  if (!take(c, '+')) take(c, '-');
  return skip_digits(c);
}

static bool skip_word(struct cursor *c, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0) return false;
  c->at += length;
  return true;
}

static int hex_digit(int c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* Returns the next byte or escaped UTF-16 unit inside a string, or -1 where the text is no valid string. */
static int next_unit(struct cursor *c) {
  static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  if (peek(c) < 0x20) return -1;
  int unit = (unsigned char)*c->at++;
  if (unit != '\\') return unit;
  int letter = peek(c);
  if (letter <= 0) return -1;
  c->at++;
  const char *known = strchr(letters, letter);
  if (known != NULL) return meanings[known - letters];
  if (letter != 'u') return -1;
  unit = 0;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(peek(c));
    if (digit < 0) return -1;
    c->at++;
    unit = unit * 16 + digit;
  }
  return unit;
}

static bool skip_string(struct cursor *c) {
  if (!take(c, '"')) return false;
  while (!take(c, '"')) {
    if (next_unit(c) < 0) return false;
  }
  return true;
}

static bool skip_value(struct cursor *c, int depth);

/* Skips an object. With a `name` it puts the value of the last member of that name into `found`. */
static bool skip_object(struct cursor *c, int depth, const char *name, struct slice *found) {
  if (!take(c, '{')) return false;
  skip_space(c);
  if (take(c, '}')) return true;
  do {
    skip_space(c);
    struct slice key = {c->at, 0};
    if (!skip_string(c)) return false;
    key.length = (size_t)(c->at - key.at);
    skip_space(c);
    if (!take(c, ':')) return false;
    skip_space(c);
    struct slice value = {c->at, 0};
    if (!skip_value(c, depth)) return false;
    value.length = (size_t)(c->at - value.at);
    if (name != NULL && json_string_is(key, name)) *found = value;
    skip_space(c);
  } while (take(c, ','));
  return take(c, '}');
}

static bool skip_array(struct cursor *c, int depth) {
  if (!take(c, '[')) return false;
  skip_space(c);
  if (take(c, ']')) return true;
  do {
    skip_space(c);
    if (!skip_value(c, depth)) return false;
    skip_space(c);
  } while (take(c, ','));
  return take(c, ']');
}

static bool skip_value(struct cursor *c, int depth) {
  if (depth == 0) return false;
  switch (peek(c)) {
    case '{': return skip_object(c, depth - 1, NULL, NULL);
    case '[': return skip_array(c, depth - 1);
    case '"': return skip_string(c);
    case 't': return skip_word(c, "true");
    case 'f': return skip_word(c, "false");
    case 'n': return skip_word(c, "null");
    default: return skip_number(c);
  }
}

bool json_is_object(struct slice text) {
  struct cursor c = {text.at, text.at + text.length};
  skip_space(&c);
  if (!skip_object(&c, MAX_DEPTH - 1, NULL, NULL)) return false;
  skip_space(&c);
  return c.at == c.end;
}

struct slice json_member(struct slice object, const char *name) {
  struct slice found = {NULL, 0};
  if (object.length == 0) return found;
  struct cursor c = {object.at, object.at + object.length};
  skip_space(&c);
  skip_object(&c, MAX_DEPTH - 1, name, &found);
  return found;
}

bool json_string_is(struct slice value, const char *ascii) {
  if (value.length == 0) return false;
  struct cursor c = {value.at, value.at + value.length};
  if (!take(&c, '"')) return false;
  for (; *ascii != '\0'; ascii++) {
    if (peek(&c) == '"' || next_unit(&c) != *ascii) return false;
  }
  return take(&c, '"');
}

bool json_string_copy(struct slice value, char *out, size_t size) {
  if (value.length == 0) return false;
  struct cursor c = {value.at, value.at + value.length};
  size_t length = 0;
  if (!take(&c, '"')) return false;
  while (!take(&c, '"')) {
    int unit = next_unit(&c);
    if (unit < 0x20 || unit > 0x7e || length + 1 >= size) return false;
    out[length++] = (char)unit;
  }
  out[length] = '\0';
  return length > 0;
}
