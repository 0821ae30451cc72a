// npm run test:all: what npm test does, and then the examples whose images are large. Their base has to be made first where no registry
// answers, once, in a minute or two.

import { installMissing } from './install-missing.mjs';
import { run, say } from './setup.mjs';

const startedAt = Date.now();
installMissing(
  new Map([
    ['zsh', ['zsh']],
    ['fish', ['fish']],
  ]),
); // completion is tried out in them
process.env.SM_LOCAL_TEST_ALL = '1'; // where a test of npm test tries some of many cases, it tries more
await import('./test.mjs'); // ends this process when something fails
const mocha = ['--no-config', '--require', 'dist/test/support/root-hooks.js', '--timeout', '60000', '--forbid-only', '--forbid-pending'];
run('npx', ['mocha', ...mocha, 'dist/test/large/*.large.js', ...process.argv.slice(2)]);
say(`With the large images it took ${Math.round((Date.now() - startedAt) / 1000)} s.`);
