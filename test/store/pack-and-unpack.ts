import { packDirectories } from '../../src/store/pack.ts';
import { unpackArchive } from '../../src/store/unpack.ts';

/** Packs, unpacks, and prints by how many MB the process grew meanwhile. */
const [source = '', archive = '', out = ''] = process.argv.slice(2);
const before = process.memoryUsage.rss();
let peak = before;
const watching = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 5);
await packDirectories([source], archive);
await unpackArchive(archive, out);
clearInterval(watching);
process.stdout.write(`${Math.round((peak - before) / 1024 / 1024)}\n`);
