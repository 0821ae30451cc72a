import { createInterface } from 'node:readline';
import { startServer } from '../../src/api/server.ts';
import { limitsOf } from '../../src/contract/limits.ts';
import { contractDefaults } from '../../src/contract/names.ts';
import { openEmulator } from '../../src/emulator.ts';
import { Endpoints } from '../../src/endpoints/endpoints.ts';
import type { HostedEvent } from '../../src/endpoints/hosted-endpoint.ts';
import { invocationHandler } from '../../src/hosting/invoke.ts';
import type { WorkspaceStrategy } from '../../src/jobs/workspace.ts';
import { neverStopped } from '../../src/stop.ts';
import { testEngine } from '../support/real-engine.ts';

/**
 * A process with lasting endpoints. Opens what there is, says so with a line of JSON, and then carries out one line of JSON after the other:
 * `{"do": <a method of Endpoints>, "with": <its request>}`, each answered by a line `{"done": …}`. Begins: `node … <home> [<workspace>]`.
 */
const [home = '', workspace] = process.argv.slice(2);
const emulator = await openEmulator({
  ...{ home, engine: testEngine(), credentials: { source: 'environment' } },
  ...(workspace !== undefined && { workspace: workspace as WorkspaceStrategy }),
});
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
let endpoints: Endpoints | undefined;
const running = () => endpoints?.endpoints ?? [];
const invocations = invocationHandler({ ...contractDefaults, endpoints: running, limits: limitsOf('serving') });
const server = await startServer({ port: 0, invocations, endpoints: running });
endpoints = new Endpoints(emulator, {
  setting: { limits: { 'stop-grace': 3 }, startAttempts: 3, pace: 0.01 },
  observer: { event: (event) => tell(event as HostedEvent), log() {} },
  stops: neverStopped,
  url: server.url,
  isLasting: true,
});
function tell(event: HostedEvent): void {
  if (event.event === 'status') say({ status: event.status });
}

await endpoints.open();
say({ url: server.url });

for await (const line of createInterface({ input: process.stdin })) {
  const { do: what, with: request } = JSON.parse(line) as { do: keyof Endpoints; with: object };
  try {
    const answer = await (endpoints[what] as (request?: object) => Promise<{ over?: Promise<void> } | undefined>)(request);
    await answer?.over;
    say({ done: what });
  } catch (error) {
    say({ done: what, error: String(error) });
  }
  if (what === ('rest' as keyof Endpoints) || what === ('leave' as keyof Endpoints)) break;
}
await server.close();
await emulator[Symbol.asyncDispose]();
process.exit(0);
