import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Place, runCommand, startCommand } from '../support/command.ts';
import { checkJsonLines, documentedEvents } from '../support/json-page.ts';
import { withLeftoverCheck } from '../support/leftovers.ts';
import { baseImage } from '../support/real-engine.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/temporary-directory.ts';

/** What is not made to happen here, as what `up` tells: other tests see it, and each of their lines is compared with the page too. */
const elsewhere = new Set([
  'deployment', // of an update
  'debugger', // with --debug
  ...['change', 'overtaken', 'renewed', 'failure', 'invocation', 'run', 'waiting'], // with --watch
  'progress', // of what takes long
  'note',
  'warning',
  'metric of serve', // after ten seconds, or at its end
  'result of push', // to a registry
  'result of down',
]);

/** That each line is as the page says, every test of a command sees to; this one, that the page has nothing else. */
describe('docs/json.md', function () {
  this.timeout(120_000);
  withLeftoverCheck();
  let directory: TemporaryDirectory;
  let place: Place;
  before(async () => {
    directory = await temporaryDirectory();
    place = { home: join(directory.path, 'home'), cwd: join(directory.path, 'project') };
    await mkdir(place.cwd);
  });
  after(() => directory[Symbol.asyncDispose]());

  it('has what commands print, and nothing that they do not print', async () => {
    const seen = new Set<string>();
    const note = (command: string, out: string): void => {
      for (const known of checkJsonLines(command, out)) seen.add(`${known.event} of ${known.commands[0] === 'every' ? 'every' : command}`);
    };
    const run = async (line: string, expected = 0): Promise<void> => {
      const args = line.split(' ');
      const { code, out, err } = await runCommand([...args, '--json'], place);
      assert.equal(code, expected, `${line}: ${out}${err}`);
      note(args[0] ?? '', out);
    };
    const built = `--build-arg BASE_IMAGE=${baseImage()}`;
    await run('init . --template python --name it --no-tests -y');
    await run(`train --name job -v ${built}`);
    await run(`train --dry-run ${built}`);
    await run(`build ${built}`);
    const serving = startCommand(['serve', '--model', 'job', '--name', 'it', '--port', '0', '--json', ...built.split(' ')], place);
    await serving.until(/InService/);
    await run('invoke --content-type text/csv --body 1,2');
    await run('invoke --content-type text/csv --body 1,2 --stream');
    for (const line of ['ls --size', 'describe training-job job', 'describe endpoint it', 'describe model it', 'logs job'])
      await run(line, line.endsWith('model it') ? 2 : 0);
    await run('stop endpoint it');
    note('serve', (await serving.ended).out);
    await run(`check --only image --skip image-size ${built}`);
    for (const line of ['doctor', 'clean', 'reset --yes']) await run(line);
    await run('status', 1);
    await run('down', 2);

    const expected = documentedEvents().flatMap(({ event, commands }) => commands.map((command) => `${event} of ${command}`));
    const missing = expected.filter(
      (each) => !seen.has(each) && !each.endsWith(' of up') && !elsewhere.has(each) && !elsewhere.has(each.split(' ')[0] ?? ''),
    );
    assert.deepEqual(missing, []);
  });
});
