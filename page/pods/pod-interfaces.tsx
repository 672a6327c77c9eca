import type { JSX } from "preact";
import type { PodStory, PodStoryPort } from "#src/view/contract/pod-story.ts";
import { Badge } from "../parts/badge.tsx";
import { ObjectLink } from "../parts/object-link.tsx";
import { portFacts } from "./port-facts.ts";

/** The interfaces as admission wrote them into the pod, and what the databases say of their ports. */
export function PodInterfaces({ story: { result = [], ports } }: { readonly story: PodStory }): JSX.Element {
  const others = (ports ?? []).filter(({ name }) => !result.some(({ port }) => port === name));
  return (
    <section class="card" aria-labelledby="interfaces">
      <h2 id="interfaces">Interfaces</h2>
      {result.length === 0 && <p class="muted">Admission has not written a result into the pod.</p>}
      {result.map((each) => {
        const port = ports?.find(({ name }) => name === each.port);
        return (
          <div key={each.port} class="interface">
            <h3>
              <code>{each.name}</code> in <ObjectLink of={`network/${each.network}`} />
            </h3>
            <dl class="facts">
              <Fact name="Addresses" values={each.addresses} />
              <Fact name="MAC" values={[each.mac]} />
              <Fact name="Gateways" values={each.gateways} />
              <Fact name="MTU" values={each.mtu === undefined ? [] : [String(each.mtu)]} />
              <Fact
                name="Routes"
                values={each.routes.map(({ dst, gateway }) => `${dst} by ${gateway ?? "the gateway"}`)}
              />
              <Fact name="Port" values={[each.port]} />
            </dl>
            {port !== undefined && <PortFacts port={port} />}
            {ports !== undefined && port === undefined && <Badge tone="bad">no such port in NB</Badge>}
          </div>
        );
      })}
      {others.map((port) => (
        <div key={port.name} class="interface">
          <h3>
            Port <code>{port.name}</code>
          </h3>
          <PortFacts port={port} />
        </div>
      ))}
    </section>
  );
}

function Fact({ name, values }: { readonly name: string; readonly values: readonly string[] }): JSX.Element | null {
  if (values.length === 0) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <code>{values.join(", ")}</code>
      </dd>
    </div>
  );
}

function PortFacts({ port }: { readonly port: PodStoryPort }): JSX.Element {
  return (
    <p class="ports">
      {portFacts(port).map(({ says, tone }) => (
        <Badge key={says} tone={tone}>
          {says}
        </Badge>
      ))}
    </p>
  );
}
