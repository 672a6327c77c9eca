import { z } from "zod";
import { fieldHelp, json, text, texts } from "../text/object-fields.ts";

/** The fields of one interface, in both forms of the request; keys are Nodus', but `routes`. */
export const interfaceSchema = z.object({
  name: text().register(fieldHelp, {
    kind: "a string",
    remedy: 'name the network, such as "name": "blue"; `ovn4nfv networks` lists them',
    meaning: "The network: a Network, or a logical switch that admits the namespace.",
  }),
  interface: text().optional().register(fieldHelp, {
    kind: "a string",
    remedy: 'write a name such as "interface": "net1", or leave it out and get the next free one',
    meaning:
      "The name in the pod: 1 to 15 letters, digits, `_`, `-` and `.`, not eth0 or lo. Default: the next free of net1, net2, and so on.",
  }),
  ipAddress: texts().optional().register(fieldHelp, {
    kind: "an address or a list of addresses",
    remedy: 'write "ipAddress": "10.1.0.7", or ["10.1.0.7", "fd00:1::7"], or leave it out',
    meaning:
      "Up to 16 addresses of either family, each with or without mask: one, several with commas between, or a list. Default: chosen.",
  }),
  macAddress: text().optional().register(fieldHelp, {
    kind: "a MAC address",
    remedy: 'write "macAddress": "0a:58:0a:01:00:07", or leave it out',
    meaning: "A unicast MAC address, with or without ipAddress. Default: chosen.",
  }),
  defaultGateway: text()
    .pipe(z.enum(["true", "false"]))
    .optional()
    .register(fieldHelp, {
      kind: '"true" or "false"',
      remedy: 'write "defaultGateway": "true" or leave it out',
      meaning:
        "Whether the pod's default route goes through this interface; one interface of each family. Default: false.",
    }),
  gwipaddress: texts().optional().register(fieldHelp, {
    kind: "an address or a list of addresses",
    remedy: 'write "gwipaddress": "10.1.0.1", at most one of each family, or leave it out',
    meaning:
      "The gateway in place of the network's, without mask, at most one of each family; on a network with several subnets of the family, in the subnet of an address of `ipAddress`. Default: that of the subnet in which the address lies.",
  }),
  routes: json().optional().register(fieldHelp, {
    kind: "a list of routes",
    remedy: 'write "routes": [{"dst": "172.16.29.0/24", "gw": "10.1.0.1"}], or leave it out',
    meaning: "Up to 64 routes through this interface; a destination stands once in a pod.",
  }),
  netType: text().optional().register(fieldHelp, {
    kind: "a string",
    remedy: 'leave it out, or write "netType": "virtual"',
    meaning: "`virtual`, the default; provider networks come later.",
  }),
});
