import { elapsed } from '../../units.ts';
import { type Check, failed, passed } from '../check.ts';
import { listenersOf } from '../evidence/listeners.ts';
import { sources } from '../sources.ts';

export const serveAddress: Check = {
  name: 'serve-address',
  area: 'serve',
  proves: "something listens on port 8080 of all the container's addresses",
  severity: 'error',
  needs: ['serve-runs'],
  source: sources.hosting,
  async look(on) {
    const trial = await on.serving.main();
    const { startUp } = trial;
    if (startUp.state === 'loopback') {
      const text = `The server listens on ${startUp.address}, port 8080, which nobody outside the container reaches.`;
      return failed(text, { remedy: 'Bind 0.0.0.0.', evidence: trial.lastLines(5) }, { address: startUp.address });
    }
    if (startUp.state === 'elsewhere') {
      const text = `The server listens on port ${startUp.port}; nothing listens on port 8080.`;
      return failed(text, { remedy: 'Listen on port 8080 of 0.0.0.0.', evidence: trial.lastLines(5) }, { port: startUp.port });
    }
    if (startUp.state === 'silent') {
      const others = startUp.listeners?.map(({ address, port }) => `${address.includes(':') ? `[${address}]` : address}:${port}`) ?? [];
      const where = others.length > 0 ? ` It listens on ${others.join(', ')}.` : '';
      const text = `Nothing listened on port 8080 within ${elapsed(startUp.after)}.${where}`;
      return failed(text, {
        remedy: 'Listen on port 8080 of 0.0.0.0; a server that takes longer: --limit startup=15m.',
        evidence: trial.lastLines(),
      });
    }
    const container = await trial.container();
    const all = container && (await listenersOf(on.emulator.engine, container));
    const own = all?.find(({ port }) => port === trial.plan.port);
    return passed(own ? `The server listens on ${own.address}, port ${own.port}.` : 'The server is reached on port 8080.');
  },
};
