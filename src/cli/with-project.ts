import { homedir } from 'node:os';
import { dirname, relative } from 'node:path';
import { fail } from '../errors.ts';
import type { OptionName } from '../options/options.ts';
import type { GivenOptions } from '../options/values.ts';
import { findProject, namedProject } from '../project/find.ts';
import { commandsOfImages } from '../project/keys.ts';
import { trace } from '../trace.ts';
import type { CommandEntry } from './command-entry.ts';
import { type Io, style } from './io.ts';

/** The command as it runs where a project file may be: with what that says besides what is given. */
export const withProject = (name: string, entry: CommandEntry): CommandEntry => ({
  ...entry,
  options: [...entry.options, 'project'],
  run: (words, given, io) => runWithProject(name, entry, words, given, io),
});

async function runWithProject(name: string, entry: CommandEntry, words: readonly string[], given: GivenOptions, io: Io): Promise<number> {
  const path = await projectFor(given.project, io);
  if (path === undefined) {
    refuseIdle(name, given, given.watch === true);
    return await entry.run(words, given, io);
  }
  trace(() => `project file ${path}`);
  const { readProject } = await import('../project/read.ts');
  const { merged } = await import('../project/merge.ts');
  const file = (await readProject(path, { cwd: io.cwd, what: 'Project file' })).given(name, entry.options);
  const takesImage = (commandsOfImages as readonly string[]).includes(name);
  const image = takesImage && file.image !== undefined ? fromHere(file.image, io.cwd) : undefined;
  const all = merged({ image: words[0], given }, { given: file.given, image }, io.env);
  refuseIdle(name, given, all.given.watch === true);
  try {
    return await entry.run(takesImage && all.image !== undefined ? [all.image] : words, all.given, io);
  } catch (error) {
    const { placed } = await import('../project/placed.ts');
    throw placed(error, all, { ...file, ...(image !== undefined && { image }) });
  }
}

/** Flags that mean something with --watch alone. A file may say them for those runs that watch; who types one expects something of it. */
const onlyWatching: Readonly<Record<string, readonly OptionName[]>> = {
  train: ['sync'],
  serve: ['sync', 'body', 'content-type', 'accept'],
};

function refuseIdle(name: string, given: GivenOptions, isWatching: boolean): void {
  const idle = isWatching ? undefined : onlyWatching[name]?.find((option) => given[option] !== undefined);
  if (idle === undefined) return;
  const other = idle === 'sync' ? 'leave it out' : 'give it to sm-local invoke';
  throw fail('WrongUsage', { message: `--${idle} does nothing without --watch.`, remedy: `Add --watch, or ${other}.` });
}

/** The file that is named, or that is found; where it is not plain to see which one that is, it is said. */
async function projectFor(flag: unknown, io: Io): Promise<string | undefined> {
  if (Array.isArray(flag)) throw fail('WrongUsage', { message: `--project was given ${flag.length} times.`, remedy: 'Give it once.' });
  const named = typeof flag === 'string' ? flag : io.env.SM_LOCAL_PROJECT || undefined;
  if (named === 'none') return undefined;
  const { dim, yellow } = style(io.color);
  const say = async (path: string): Promise<string> => {
    if (dirname(path) !== io.cwd && flag === undefined) await io.err.write(`${dim(`Project file: ${path}`)}\n`);
    return path;
  };
  if (named !== undefined)
    return await say(namedProject(named, { cwd: io.cwd, what: flag === undefined ? 'SM_LOCAL_PROJECT' : '--project' }));
  const found = findProject({ cwd: io.cwd, home: io.env.HOME ?? homedir(), user: process.getuid?.() });
  if (!found) return undefined;
  if (!found.isForeign) return await say(found.path);
  const message = `${found.path} is not used, because it belongs to another user. Name it with --project if it is meant.`;
  await io.err.write(`${yellow(`Warning: ${message}`)}\n`);
  return undefined;
}

/** As a person in the current directory would write it. */
function fromHere(image: string, cwd: string): string {
  if (!image.startsWith('/')) return image;
  const path = relative(cwd, image);
  return path === '' ? '.' : path.startsWith('..') ? image : `./${path}`;
}
