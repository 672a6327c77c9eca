// The part of an OvnNode about taps: what the controller asks of the node, and what the node's agent has made of it. So an
// agent reads no pods of other nodes, and can copy the packets of its own ones only.
import * as z from "zod";
import { described } from "../network/network-fields.ts";
import { tapDirections } from "../tap/tap-schema.ts";

/** The CRD takes no more. */
export const maxTapsOfNode = 128;
export const maxSourcesOfNode = 1_024;
/** The names of ports in the spec of a node. They stand in its status again, and an object has at most 1.5 MiB in etcd. */
export const maxSourceBytesOfNode = 512 * 1_024;

const tunnelAddress = () => described(z.string().max(64), "The address of the other end.");
const tunnelKey = () => z.int().min(0).max(0xffff_ffff);

const nodeSinkSchema = z.object({
  port: described(
    z.string().max(253).optional(),
    "The logical port of the sink's interface, when its pod is on this node.",
  ),
  acceptedKey: described(
    tunnelKey().optional(),
    "The key of the tunnel by which other nodes send their copies to that port; absent when none does.",
  ),
  remote: z
    .object({ address: tunnelAddress(), key: described(tunnelKey(), "The key of the tunnel.") })
    .optional()
    .meta({ description: "The node of the sink, when it is another one." }),
  gre: z
    .object({ address: tunnelAddress(), key: described(tunnelKey().optional(), "The key of the tunnel.") })
    .optional()
    .meta({ description: "The host outside, when the sink is one." }),
});

const nodeTapSchema = z.object({
  uid: described(z.string().max(64), "The UID of the Tap."),
  name: described(z.string().max(320), "The Tap with its namespace."),
  direction: described(z.enum(tapDirections), "What is copied."),
  sources: described(
    z.array(z.string().max(253)).max(maxSourcesOfNode),
    "The logical ports of this node whose packets are copied.",
  ),
  sink: described(nodeSinkSchema, "The end of the copies, as this node sees it."),
});

export const ovnNodeSpecSchema = z.object({
  taps: z.array(nodeTapSchema).max(maxTapsOfNode).optional().meta({
    description: "The taps that concern the node, the older first.",
  }),
});

export const nodeTapStatusSchema = z.object({
  uid: described(z.string().max(64), "The UID of the Tap."),
  state: described(
    z.enum(["Active", "Waiting", "Refused"]),
    "Active: the sources that are named are mirrored. Waiting: there is nothing to mirror yet. Refused: it cannot be done.",
  ),
  reason: described(z.string().max(64), "One word."),
  message: described(z.string().max(1_024), "A sentence for people."),
  sources: described(z.array(z.string().max(253)).max(maxSourcesOfNode), "The logical ports that are mirrored."),
});

export type NodeTap = z.output<typeof nodeTapSchema>;
export type NodeTapStatus = z.output<typeof nodeTapStatusSchema>;
