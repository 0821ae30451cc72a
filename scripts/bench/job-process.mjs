// Jobs of the library in a process of its own, one after the other, of the image of its second argument, in the home and with the files of its first.
// Asked for a job it answers with the milliseconds until that was told to be Completed.

import { join } from 'node:path';
import { openEmulator } from '../../dist/src/emulator.js';
import { runJob } from './own-jobs.mjs';

const [path, image] = process.argv.slice(2);
const emulator = await openEmulator({ home: join(path, 'home') });
const workshop = { path, image: async () => image, emulator: async () => emulator };

process.on('message', async (asked) => {
  const { marks, startedAt } = await runJob(workshop, asked);
  process.send(marks.Completed - startedAt);
});
process.once('SIGTERM', async () => {
  await emulator[Symbol.asyncDispose]();
  process.exit();
});
