import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fail, isError } from '../errors.ts';
import { writeAtomically } from './atomic.ts';
import { codeOf, diskTrouble } from './disk-trouble.ts';
import { makeDirectories } from './make-directories.ts';
import { namesIn } from './names-in.ts';
import { reserveName } from './reserve.ts';
import { removeTree } from './temporary.ts';

/** The version of everything below a home; raised when an older sm-local could misread what a newer one writes. */
const format = '3';

const parts = ['records', 'logs', 'tmp', 'models', 'owners', 'engines', 'buckets', 'annex', 'pools', 'uploads'] as const;

/** Where other accounts and regions than the default ones have what is their own. Made when there are any. */
const accountsName = 'accounts';

/** Where homes are that endpoints of tests outlive their processes in. */
export const reuseName = 'reuse';

/** Whether a home is one of those. */
export const isReuseHome = (path: string): boolean => basename(dirname(path)) === reuseName;

export const defaultHome = (): string => join(homedir(), '.sm-local');

/** The directory of all local state. */
export interface Home extends Readonly<Record<(typeof parts)[number], string>> {
  /** Absolute. */
  readonly path: string;
  /** A new, empty directory below `tmp`, removed with all it holds when it is disposed. */
  temporaryDirectory(prefix: string): Promise<TemporaryDirectory>;
}

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * Opens the home at `path`; makes it, for the current user alone, when there is none. One read when it is there, since every command
 * starts with it.
 *
 * @throws HomeNewer; HomeNotOurs when the directory holds somebody else's files; DiskTrouble
 */
export async function openHome(path: string): Promise<Home> {
  const home = resolve(path);
  const found = formatOf(home) ?? (await makeHome(home));
  if (!/^\d+$/.test(found))
    throw diskTrouble('read', join(home, 'format'), `it holds no format version, but ${JSON.stringify(found.slice(0, 20))}`);
  if (Number(found) > Number(format)) throw fail('HomeNewer', { home, found, known: format });
  if (Number(found) < Number(format)) await migrateHome(home, Number(found));
  return homeAt(home);
}

/** As `openHome`, for one that lies below another; what is known of engines is that one's. Errors: DiskTrouble. */
export const homeBelow = async (path: string, { engines }: Home): Promise<Home> => ({ ...(await openHome(path)), engines });

const homeAt = (path: string): Home => ({
  path,
  records: join(path, 'records'),
  logs: join(path, 'logs'),
  tmp: join(path, 'tmp'),
  models: join(path, 'models'),
  owners: join(path, 'owners'),
  engines: join(path, 'engines'),
  buckets: join(path, 'buckets'),
  annex: join(path, 'annex'),
  pools: join(path, 'pools'),
  uploads: join(path, 'uploads'),
  temporaryDirectory: (prefix) => temporaryDirectory(join(path, 'tmp'), prefix),
});

/** What an account has in a region, as a home of its own below `home`; objects and what is known of engines are everybody's. Nothing is made yet. */
export function homeOfAccount({ path, engines, buckets, annex, uploads }: Home, { account, region }: InRegion): Home {
  return { ...homeAt(join(path, accountsName, account, region)), engines, buckets, annex, uploads };
}

/** Where the records of an account and a region are; of the default ones when none is given. Looks at nothing and makes nothing. */
export const recordsPath = (home: string, of?: InRegion): string =>
  join(of ? join(home, accountsName, of.account, of.region) : home, 'records');

/** The accounts and regions that have a home of their own below `home`. Errors: DiskTrouble. */
export async function accountsIn({ path }: Home): Promise<readonly InRegion[]> {
  const directory = join(path, accountsName);
  const accounts = await namesIn(directory);
  const found = await Promise.all(
    accounts.map(async (account) => (await namesIn(join(directory, account))).map((region) => ({ account, region }))),
  );
  return found.flat();
}

interface InRegion {
  readonly account: string;
  readonly region: string;
}

function formatOf(home: string): string | undefined {
  const path = join(home, 'format');
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw diskTrouble('read', path, error);
  }
}

/** Brings what an older sm-local wrote up to date. The format comes last, and each step may be done again, so an interrupted one does no harm. */
async function migrateHome(home: string, from: number): Promise<void> {
  const { migrations } = await import('./migrations.ts'); // needed once in a home's life
  try {
    for (let version = from; version < Number(format); version += 1) await migrations[version]?.(home);
    await writeAtomically(join(home, 'format'), `${format}\n`);
  } catch (error) {
    throw isError(error) ? error : diskTrouble('bring up to date', home, error);
  }
}

/** Safe to be done by several processes at once: the format comes last, and all of them write the same. */
async function makeHome(home: string): Promise<string> {
  try {
    await makeDirectories(home);
    // `reset` empties a home, so a directory that somebody uses for something else must not become one.
    if (readdirSync(home).some((name) => !isOurs(name))) {
      throw fail('HomeNotOurs', { home });
    }
    await chmod(home, 0o700);
    for (const part of parts) await mkdir(join(home, part), { recursive: true, mode: 0o700 });
    await writeAtomically(join(home, 'format'), `${format}\n`);
    return format;
  } catch (error) {
    throw isError(error) ? error : diskTrouble('make the home directory', home, error);
  }
}

const isOurs = (name: string): boolean =>
  name === 'format' ||
  name === reserveName ||
  name === accountsName ||
  name === reuseName ||
  name.startsWith('.sm-local-') ||
  parts.some((part) => part === name);

async function temporaryDirectory(tmp: string, prefix: string): Promise<TemporaryDirectory> {
  try {
    mkdirSync(tmp, { recursive: true, mode: 0o700 });
    const path = mkdtempSync(join(tmp, `${prefix.replaceAll(/[^\w.-]/g, '-')}-`));
    return { path, [Symbol.asyncDispose]: () => removeTree(path) };
  } catch (error) {
    throw diskTrouble('make a directory in', tmp, error);
  }
}
