import assert from 'node:assert/strict';
import { commandHelp } from '../../src/cli/command-help.ts';
import { commandNames, commands } from '../../src/cli/command-table.ts';
import { shellWords } from '../../src/cli/completion/shell-words.ts';
import { main } from '../../src/cli/main.ts';
import { quickParse } from '../../src/cli/quick-parse.ts';
import { grouped } from '../../src/options/groups.ts';
import { testIo } from '../support/io.ts';

describe('the help of', () => {
  for (const name of commandNames) {
    it(`${name} has examples that are correct command lines`, () => {
      const { examples } = commandHelp[name];
      assert.ok(examples.length > 0);
      for (const [line] of examples) {
        const [, own] = /\$0 ([^|)]*)/.exec(line) ?? [];
        const words = shellWords((own ?? '').trim()).map(({ text }) => text);
        const parsed = quickParse(words);
        assert.equal(parsed?.command, commands[name], line);
      }
    });

    for (const width of [undefined, 80, 200]) {
      it(`${name} fits ${width === undefined ? 'where there is no terminal' : `${width} columns`} and names each flag once`, async () => {
        const io = testIo({ cwd: '/', env: {}, ...(width !== undefined && { width }) });
        assert.equal(await main([name, '--help'], io), 0);
        const { out } = io.printed();
        const [help = '', examples = ''] = out.split('\nExamples:\n');
        const widest = Math.min(width ?? 100, 120);
        for (const line of help.split('\n')) assert.ok(line.length <= widest, line);
        for (const line of examples.split('\n')) assert.ok(line.length <= 120, line);
        for (const option of commands[name].options)
          assert.equal(help.match(new RegExp(`^ {2}(-\\w,| {3}) --${option}( |$)`, 'gm'))?.length, 1, option);
      });
    }
  }

  it('a command has its flags under headings, each under one', () => {
    for (const name of commandNames) {
      const listed = grouped(commands[name].options).flatMap(([, options]) => options);
      assert.deepEqual(listed.toSorted(), commands[name].options.toSorted(), name);
    }
    const headings = grouped(commands.train.options);
    for (const [heading, options] of headings) assert.ok(options.length <= 16, heading);
  });
});
