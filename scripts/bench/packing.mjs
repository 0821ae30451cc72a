// Packs in a process of its own, as a command of sm-local does: this one would carry along what all rows before have left in its memory. Asked
// `{ model, into, temporary }` it answers with milliseconds.

import { packDirectories } from '../../dist/src/store/pack.js';
import { timed } from './measure.mjs';

process.on('message', async ({ model, into, temporary }) => {
  const options = { onWarning() {}, seenAs: '/opt/ml/model', temporary };
  process.send(await timed(() => packDirectories([model], into, options)));
});
