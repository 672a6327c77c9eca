import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { parseCidr } from "#src/net/cidr.ts";
import { useCalm } from "../live/use-calm.ts";
import { Answered } from "../parts/answered.tsx";
import { useApp } from "../parts/app.ts";
import { ReadyBadge } from "../parts/badge.tsx";
import { ObjectLinks } from "../parts/object-link.tsx";
import { printDecimal } from "../text/counts.ts";
import { Legend } from "./legend.tsx";
import { SpaceTree } from "./space-tree.tsx";
import { countStates, readSpans } from "./space-span.ts";
import { type ReadSubnet, useSpace } from "./use-space.ts";

/** One network: what it is, and who has which of its addresses. */
export function NetworkSpaceView({ name }: { readonly name: string }): JSX.Element {
  const item = useApp().store.get(`network/${name}`);
  const network = item?.kind === "network" ? item : undefined;
  const policies = useApp()
    .store.all("policy")
    .filter(({ networks }) => networks.includes(`network/${name}`));
  const answer = useSpace(name, useCalm(network, 300));
  return (
    <>
      {network !== undefined && (
        <section class="summary" aria-label="Summary">
          <ReadyBadge of={network} />
          {network.message !== undefined && <span>{network.message}</span>}
          <dl class="facts">
            <div>
              <dt>Defined by</dt>
              <dd>{network.object?.kind ?? "a switch in NB"}</dd>
            </div>
            <div>
              <dt>Routers</dt>
              <dd>
                <ObjectLinks of={network.routers} />
              </dd>
            </div>
            {network.uplink !== undefined && (
              <div>
                <dt>Uplink</dt>
                <dd>
                  <ObjectLinks of={[network.uplink]} />
                </dd>
              </div>
            )}
            {network.wire !== undefined && (
              <div>
                <dt>Wire</dt>
                <dd>
                  <ObjectLinks of={[network.wire]} />
                </dd>
              </div>
            )}
            {policies.length > 0 && (
              <div>
                <dt>Policies</dt>
                <dd>
                  <ObjectLinks of={policies.map(({ key }) => key)} />
                </dd>
              </div>
            )}
            <div>
              <dt>MTU</dt>
              <dd>{network.mtu ?? "of the nodes"}</dd>
            </div>
            <div>
              <dt>Namespaces</dt>
              <dd>{network.allowedNamespaces.includes("*") ? "all" : network.allowedNamespaces.join(", ")}</dd>
            </div>
            <div>
              <dt>Open reservations</dt>
              <dd>{network.openReservations}</dd>
            </div>
          </dl>
        </section>
      )}
      <Answered answer={answer} what={`the addresses of ${name}`}>
        {(subnets) => subnets.map((subnet) => <SubnetSection key={subnet.cidr} subnet={subnet} />)}
      </Answered>
    </>
  );
}

function SubnetSection({ subnet }: { readonly subnet: ReadSubnet }): JSX.Element {
  const spans = useMemo(() => readSpans(subnet.segments), [subnet.segments]);
  const cidr = useMemo(() => parseCidr(subnet.cidr)?.cidr, [subnet.cidr]);
  const counts = useMemo(() => countStates(spans), [spans]);
  return (
    <section class="card" aria-label={`Subnet ${subnet.cidr}`}>
      <h2>
        <code>{subnet.cidr}</code>
      </h2>
      <p>
        {printDecimal(subnet.used)} used and {printDecimal(subnet.free)} free of {printDecimal(subnet.capacity)}
        {subnet.gateway !== undefined && (
          <>
            ; the gateway is <code>{subnet.gateway}</code>
          </>
        )}
        .
      </p>
      <Legend counts={counts} />
      {subnet.isCut && <p class="notice">There is more than the page reads. What is missing is not shown as free.</p>}
      {cidr !== undefined && <SpaceTree spans={spans} cidr={cidr} />}
    </section>
  );
}
