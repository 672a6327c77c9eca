// This has as much of the protocol buffers' encoding as two calls of CRI need: texts and messages inside messages.

/** Numbers of the wire types (protobuf.dev, "encoding"). */
const wireTypes = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;

/** A field with a text, or with a message that was encoded before. */
export function textField(field: number, value: string | Buffer): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([varint(field * 8 + wireTypes.length), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** The values of a field that is a text or a message, in their order. Throws for a message that ends in the middle of a field. */
export function valuesOf(message: Buffer, field: number): readonly Buffer[] {
  const values: Buffer[] = [];
  for (let at = 0; at < message.length; ) {
    const [tag, afterTag] = readVarint(message, at);
    const type = tag % 8;
    const [value, afterValue] =
      type === wireTypes.fixed64 || type === wireTypes.fixed32 ? [0, afterTag] : readVarint(message, afterTag);
    at = afterValue + lengthAfter(type, value);
    if (at > message.length) throw new Error("the message ends in the middle of a field");
    if (type === wireTypes.length && Math.floor(tag / 8) === field) values.push(message.subarray(afterValue, at));
  }
  return values;
}

function lengthAfter(type: number, value: number): number {
  if (type === wireTypes.length) return value;
  if (type === wireTypes.fixed64) return 8;
  return type === wireTypes.fixed32 ? 4 : 0;
}

/** The number at this place, and the place behind it. */
function readVarint(message: Buffer, start: number): readonly [number, number] {
  let value = 0;
  for (let at = start; at < message.length; at++) {
    const byte = message[at] ?? 0;
    value += (byte % 128) * 128 ** (at - start);
    if (byte < 128) return [value, at + 1];
  }
  throw new Error("the message ends in the middle of a field");
}
