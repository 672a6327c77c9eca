import type { InterfaceResult } from "#src/api/result.ts";

/** Results of a pod with a plain, a dual-stack and a many-addressed interface. */
export const sampleResults: readonly InterfaceResult[] = [
  {
    ip_address: ["10.1.0.7/24"],
    mac_address: "0a:58:0a:01:00:07",
    gateway_ip: ["10.1.0.1"],
    defaultGateway: "false",
    interface: "net1",
    network: "blue",
    port: "01JD3Z8K2M7Q4V9W5X6Y7ZABCD-net1",
  },
  {
    ip_address: ["10.2.0.7/24", "fd00:2::7/64"],
    mac_address: "0a:58:0a:02:00:07",
    gateway_ip: ["10.2.0.1", "fd00:2::1"],
    defaultGateway: "true",
    interface: "net2",
    network: "green",
    port: "01JD3Z8K2M7Q4V9W5X6Y7ZABCD-net2",
    mtu: 1300,
  },
  {
    ip_address: ["10.3.0.7/24", "10.3.0.8/24"],
    mac_address: "0a:58:0a:03:00:07",
    gateway_ip: [],
    defaultGateway: "false",
    interface: "net3",
    network: "red",
    port: "01JD3Z8K2M7Q4V9W5X6Y7ZABCD-net3",
    routes: [{ dst: "172.30.0.0/16", gw: "10.3.0.254" }, { dst: "172.31.0.0/16" }],
  },
];
