// A server: an endpoint of the image of its second argument, in the home of its first, where every request goes through our Express app.

import { openEmulator } from '../../dist/src/emulator.js';
import { openEndpoints } from './own-endpoints.mjs';

const [home, image] = process.argv.slice(2);
const emulator = await openEmulator({ home });
const endpoints = await openEndpoints(emulator, image, { app: true });
await endpoints.configure('bench');
await endpoints.create('bench', 'bench');
process.once('SIGINT', async () => {
  await endpoints.end();
  await emulator[Symbol.asyncDispose]();
  process.exit();
});
process.send({ url: endpoints.url });
