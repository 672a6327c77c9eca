// Sends frames into a bridge of Open vSwitch as if they came from its ports, by OpenFlow 1.5.
import { connect } from "node:net";
import { dirname, join } from "node:path";
import type { Clock } from "#src/core/clock.ts";
import { type CallOptions, settleWithin } from "#src/core/deadline.ts";
import { AppError, fromUnknown } from "#src/core/errors.ts";

/** A frame, and the port of the bridge from which it is to come. */
export interface PortFrame {
  readonly ofPort: number;
  readonly frame: Buffer;
}

/** Resolves when the bridge has taken all frames. Throws `ProtocolError`, `CommandFailed`, `DeadlineExceeded` or `Aborted`. */
export type SendFrames = (frames: readonly PortFrame[], options: CallOptions) => Promise<void>;

const version = 6;
const types = { hello: 0, error: 1, packetOut: 13, barrierRequest: 20, barrierReply: 21 } as const;
const headerLength = 8;
const barrierId = 2;

/** Gives the sender for a bridge whose management socket has this path. */
export function frameSender(path: string, clock: Clock): SendFrames {
  return async (frames, options) => {
    const socket = connect(path);
    try {
      await settleWithin<undefined>(clock, options, `send frames to ${path}`, (resolve, reject) => {
        let received = Buffer.alloc(0);
        socket.once("error", reject);
        socket.once("close", () => {
          reject(new AppError("ProtocolError", `${path} was closed before the frames were taken`));
        });
        socket.on("data", (chunk) => {
          received = Buffer.concat([received, chunk]);
          for (const { type, body } of messagesIn(received)) {
            if (type === types.error) reject(refused(path, body));
            if (type === types.barrierReply) resolve(undefined);
          }
        });
        // The bridge reads the rest when it has agreed on the version.
        socket.write(Buffer.concat([hello(), ...frames.map(packetOut), message(types.barrierRequest, barrierId)]));
      });
    } catch (caught) {
      throw fromUnknown(caught, "CommandFailed");
    } finally {
      socket.on("error", () => {});
      socket.destroy();
    }
  };
}

/** The management socket of a bridge, beside the socket of the database; undefined where that is reached otherwise. */
export function managementSocket(ovsEndpoint: string, bridge: string): string | undefined {
  const [, path] = /^unix:(.+)$/.exec(ovsEndpoint) ?? [];
  return path === undefined ? undefined : join(dirname(path), `${bridge}.mgmt`);
}

/** A message of OpenFlow, with the header of its section 7.1. */
function message(type: number, id: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt8(version, 0);
  header.writeUInt8(type, 1);
  header.writeUInt16BE(headerLength + body.length, 2);
  header.writeUInt32BE(id, 4);
  return Buffer.concat([header, body]);
}

function hello(): Buffer {
  return message(types.hello, 1);
}

/** OpenFlow 1.5, section 7.3.6: no buffer, a match on the port, and one action that hands the frame to the tables. */
function packetOut({ ofPort, frame }: PortFrame): Buffer {
  const port = Buffer.alloc(4);
  port.writeUInt32BE(ofPort);
  // 16 bytes of actions follow the match, which has 12 bytes and 4 of padding.
  const start = Buffer.from("ffffffff00100000" + "0001000c80000004", "hex");
  const toTables = Buffer.from("00000010fffffff90000000000000000", "hex");
  return message(types.packetOut, barrierId - 1, Buffer.concat([start, port, Buffer.alloc(4), toTables, frame]));
}

/** The whole messages among what was received. */
function* messagesIn(received: Buffer): Generator<{ readonly type: number; readonly body: Buffer }> {
  for (let at = 0; at + headerLength <= received.length; ) {
    const length = received.readUInt16BE(at + 2);
    if (length < headerLength || at + length > received.length) return;
    yield { type: received.readUInt8(at + 1), body: received.subarray(at + headerLength, at + length) };
    at += length;
  }
}

function refused(path: string, body: Buffer): AppError {
  return new AppError("ProtocolError", `${path} refused a message of OpenFlow: ${body.subarray(0, 4).toString("hex")}`);
}
