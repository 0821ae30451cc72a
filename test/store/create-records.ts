import { once } from 'node:events';
import { isError } from '../../src/errors.ts';
import { openHome } from '../../src/store/home.ts';
import { Records } from '../../src/store/records.ts';

/** Waits for a line, tries to make records of the given names, and prints the names it made. */
const [path = '', by = '', ...names] = process.argv.slice(2);
const records = new Records<{ by: string }>(await openHome(path), 'training-job');
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const won: string[] = [];
for (const name of names) {
  try {
    await records.create(name, { by }, 'taken');
    won.push(name);
  } catch (error) {
    if (!isError(error, 'ResourceInUse')) throw error;
  }
}
process.stdout.write(`${JSON.stringify(won)}\n`);
process.stdin.destroy();
