import { openPipes } from '../../../src/jobs/pipe/pipes.ts';
import { channelOf } from './bench.ts';

/** Opens the pipes of a channel that nobody reads, and waits to be killed. */
const [data = '', spares = ''] = process.argv.slice(2);
await openPipes([channelOf('train', () => [])], { data, spares });
process.stdout.write('open\n');
setInterval(() => undefined, 1000);
