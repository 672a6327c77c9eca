/* Gives each file that is named to the parser once. It stands in for libFuzzer, which only clang has. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) abort();
  size_t size = (size_t)ftell(file);
  /* It is as long as the input, so that each byte behind it is a fault. */
  uint8_t *data = malloc(size);
  rewind(file);
  if ((data == NULL && size > 0) || fread(data, 1, size, file) != size) abort();
  fclose(file);
  LLVMFuzzerTestOneInput(data, size);
#ifdef READ_TOO_FAR
  fprintf(stderr, "%d\n", data[size]);
#endif
  free(data);
}

int main(int count, char **paths) {
  for (int i = 1; i < count; i++) replay(paths[i]);
  return 0;
}
