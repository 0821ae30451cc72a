// Lays out the help of every command as text files, as wide as most terminals are and as wide as it is without one: src/cli/ready-answer.ts hands them
// out. The words are those of the parser, which has them laid out itself at any other width.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const widths = [80, 100, 120];

export async function writeHelp(outdir) {
  const [{ runCommand }, { commandNames }] = await Promise.all([
    import('../dist/src/cli/commands.js'),
    import('../dist/src/cli/command-table.js'),
  ]);
  for (const width of widths) {
    const directory = join(outdir, 'help', `${width}`);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'sm-local.txt'), await helpOf(runCommand, ['--help'], width));
    for (const name of commandNames) await writeFile(join(directory, `${name}.txt`), await helpOf(runCommand, [name, '--help'], width));
  }
}

async function helpOf(runCommand, argv, width) {
  const parts = [];
  const out = { write: async (part) => void parts.push(part), isTerminal: true, width };
  await runCommand(argv, { out, err: out, env: {}, cwd: process.cwd(), color: false, now: () => new Date() });
  return parts.join('');
}
