import { settingFormats } from '../../contract/client-settings.ts';
import { instanceTypes } from '../../contract/instance-types.ts';
import { type OptionName, optionOf } from '../../options/options.ts';
import { entryNames, entryShape } from '../../options/value-shape.ts';
import { kinds } from '../../upkeep/kinds.ts';
import type { CommandName } from '../command-table.ts';
import { type Candidate, led, plain, startingWith } from './candidate.ts';
import type { Names } from './names.ts';
import { pathsFrom } from './paths.ts';

export interface Asked {
  readonly command: CommandName;
  readonly option: OptionName;
  readonly typed: string;
  readonly cwd: string;
  readonly names: Names;
}

/** What the value of an option may become; nothing where it is free. */
export async function valuesOfOption(asked: Asked): Promise<readonly Candidate[]> {
  const { option, typed } = asked;
  const shape = entryShape(option);
  const equals = typed.indexOf('=');
  if (shape === 'named' || shape === 'maybe-named') {
    if (equals !== -1) return led(typed.slice(0, equals + 1), await ofOne({ ...asked, typed: typed.slice(equals + 1) }));
    const named = startingWith(typed, plain((entryNames(option) ?? []).map((name) => `${name}=`)));
    return shape === 'named' ? named : [...named, ...(await ofOne(asked))];
  }
  return await ofOne(asked);
}

/** What stands behind the `=`, or is the whole. */
async function ofOne({ command, option, typed, cwd, names }: Asked): Promise<readonly Candidate[]> {
  const { path, value = '' } = optionOf(option);
  const words = startingWith(typed, plain([...(await wordsOf(command, option)), ...wordsIn(value)]));
  if (path === undefined) return words;
  if (path === 'body') return typed.startsWith('@') ? led('@', pathsFrom(typed.slice(1), cwd)) : startingWith(typed, [{ text: '@' }]);
  if (path === 'secret') {
    const [, lead] = /^(.*\bsrc=)[^,]*$/.exec(typed) ?? [];
    return lead === undefined ? [] : led(lead, pathsFrom(typed.slice(lead.length), cwd));
  }
  if (typed.includes('://')) return [];
  const jobs = path === 'model' ? startingWith(typed, plain(await names(kinds[0]))) : [];
  return [...words, ...jobs, ...pathsFrom(typed, cwd, isDirectoryAlone(value) ? 'directories' : 'files')];
}

/** The small words of `FILE|DIR|none`, `all|N`, `bind|archive`; not the letters of `K=V`. */
const wordsIn = (value: string): readonly string[] =>
  value
    .replace(/^.*=/, '')
    .split('|')
    .filter((word) => value.includes('|') && /^[a-z][a-z-]*$/.test(word));

const isDirectoryAlone = (value: string): boolean => /(^|=)DIR(\||$)/.test(value) && !value.includes('FILE');

/** Words that stand elsewhere than in the declaration of the option. */
async function wordsOf(command: CommandName, option: OptionName): Promise<readonly string[]> {
  if (option === 'input-mode') return ['File', 'FastFile', 'Pipe'];
  if (option === 'instance-type') return instanceTypes();
  if (option === 'format') return command === 'env' ? settingFormats : (await import('../../check/report/formats.ts')).reportFormats;
  if (option !== 'only' && option !== 'skip' && option !== 'explain') return [];
  const { checks } = await import('../../check/registry.ts');
  const areas = option === 'explain' ? [] : new Set(checks.map(({ area }) => area));
  return [...areas, ...checks.map(({ name }) => name)];
}
