import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Entry } from '../credentials/register.ts';
import type { Emulator } from '../emulator.ts';
import { isOfHome, type Removed, removeLeftovers } from '../engine/leftovers.ts';
import { engineOfHome } from '../engine-of-home.ts';
import { reasonOf, type SmLocalError } from '../errors.ts';
import { sweepPools } from '../jobs/warm-pools.ts';
import { throwTogether } from '../scope.ts';
import { sweepHalfWritten } from '../store/atomic.ts';
import type { Home } from '../store/home.ts';
import { namesIn } from '../store/names-in.ts';
import { deadOwners, isAlive, sweepOwners } from '../store/owner.ts';
import { heirSuffix } from '../store/succession.ts';
import { ownerOf, removeTree } from '../store/temporary.ts';
import { removeOld } from './remove-old.ts';
import { removeOldReused } from './reused.ts';

export interface Cleaned extends Removed {
  readonly directories: number;
  /** Homes of processes that are gone whose containers are in another engine: they stay for who works with that one. */
  readonly elsewhere: readonly string[];
  /** Records that cannot be read; what they stand for stays. */
  readonly broken: readonly SmLocalError[];
  /** With `olderThan`: records of what is over with their logs, unpacked models, images, and endpoints that test runs reuse. */
  readonly jobs?: number;
  readonly reused?: number;
  readonly models?: number;
  readonly images?: number;
}

export interface CleanOptions {
  /** Seconds: also what ended, and what was last used, longer ago. */
  readonly olderThan?: number;
}

/**
 * Removes what nobody needs any more and nobody owns, in every account and region: in the engine and among temporary files. What belongs to a
 * living process, also by adoption, is not touched; so adopt first what can be finished. Errors: DiskTrouble, and trouble of the engine.
 */
export async function clean(emulator: Emulator, { olderThan }: CleanOptions = {}): Promise<Cleaned> {
  const scopes = await emulator.everywhere();
  const time = olderThan === undefined ? undefined : new Date(emulator.now().getTime() - olderThan * 1000);
  const cleaned: Omit<Cleaned, 'jobs'>[] = [];
  const failures: unknown[] = [];
  for (const scope of scopes) cleaned.push(await cleanAccount(scope, time, failures));
  const reused = time && (await removeOldReused(emulator, time));
  const old = time && (await removeOld(scopes, time));
  throwTogether(failures);
  const sum = (count: (each: Removed & { readonly directories?: number }) => number): number =>
    [...cleaned, ...(reused ? [reused.removed] : [])].reduce((total, each) => total + count(each), 0);
  return {
    containers: sum(({ containers }) => containers),
    networks: sum(({ networks }) => networks),
    volumes: sum(({ volumes }) => volumes),
    directories: sum(({ directories = 0 }) => directories),
    elsewhere: [...cleaned.flatMap(({ elsewhere }) => elsewhere), ...(reused?.elsewhere ?? [])],
    broken: cleaned.flatMap(({ broken }) => broken),
    ...old,
    ...(reused && { reused: reused.homes }),
  };
}

/** What one account has in one region. Directories that cannot be removed are among the failures. */
async function cleanAccount(emulator: Emulator, time: Date | undefined, failures: unknown[]): Promise<Omit<Cleaned, 'jobs'>> {
  const { home } = emulator;
  const left = whatIsLeft(emulator);
  const isWanted = async (owner: string): Promise<boolean> => (await left(owner))?.owners.has(owner) ?? true;
  const own = await removeUnowned(emulator, left);
  const shared = emulator.root === emulator ? await cleanShared(emulator, isWanted) : 0;
  const { below, left: stuck, ...swept } = await sweepDirectories(emulator, time);
  failures.push(...stuck);
  const homeless = await removeHomeless(emulator);
  const kinds = (await namesIn(home.records)).map((kind) => join(home.records, kind));
  for (const directory of [home.path, home.owners, home.engines, ...kinds]) await sweepHalfWritten(directory);
  await emulator.stopRequests.sweep(isWanted);
  if (stuck.length === 0) await sweep(emulator); // else the next command sees that something is left
  await sweepPools(home.pools, emulator.now());
  const removed = {
    containers: own.containers + homeless.containers + below.containers,
    networks: own.networks + homeless.networks + below.networks + shared,
    volumes: own.volumes + homeless.volumes + below.volumes,
  };
  return { ...removed, ...swept, broken: (await thingsInUse(emulator)).broken };
}

/**
 * Removes what one account has in the engine in one region and no living process owns, but for what is unfinished: that is for who adopts it.
 * Errors: DiskTrouble, and trouble of the engine.
 */
export async function removeUnowned(emulator: Emulator, left = whatIsLeft(emulator)): Promise<Removed> {
  return await removeLeftovers(
    emulator.engine,
    { 'sm-local.home': emulator.home.path },
    async ({ 'sm-local.kind': kind, 'sm-local.name': name, 'sm-local.owner': owner }) => {
      const inUse = owner === undefined ? undefined : await left(owner);
      return inUse !== undefined && !inUse.labels.has(keyOf(kind, name, owner)) && !inUse.labels.has(keyOf(kind, name, undefined));
    },
  );
}

/**
 * Tells of an owner what is in use, when it is gone, or undefined. The records are read after it has been seen to be gone: what it wrote in its
 * last moments is among them.
 */
function whatIsLeft(emulator: Emulator): (owner: string) => Promise<InUse | undefined> {
  const seen = new Map<string, Promise<InUse>>();
  return async (owner) => {
    if (!seen.has(owner) && (await isAlive(emulator.home, owner))) return undefined;
    const inUse = seen.get(owner) ?? thingsInUse(emulator);
    seen.set(owner, inUse);
    return await inUse;
  };
}

/** Removes what processes that are gone had for the time of their lives only; what is unfinished stays for who adopts it. */
export async function sweepTemporary(emulator: Emulator): Promise<void> {
  const { left } = await sweepDirectories(emulator);
  await removeHomeless(emulator);
  throwTogether(left); // and the next command sees that something is
  await sweep(emulator);
}

/**
 * What those have left who died between their word that a job is over and the removal of what it had, or before they could remove it, once all that can
 * go on has been taken over. Trouble with it is told.
 */
export async function removeLeft(scopes: readonly Emulator[], tell: (message: string) => void): Promise<void> {
  for (const scope of scopes) {
    await removeUnowned(scope).catch((error: unknown) =>
      tell(`Something may be left in the engine, which sm-local clean removes: ${reasonOf(error)}`),
    );
    await sweepTemporary(scope).catch((error: unknown) => tell(`Something is left of processes that are gone: ${reasonOf(error)}`));
  }
}

/**
 * Probes that an engine has made for a process that was killed while it asked, after somebody had cleaned up after it: their home is gone. Nothing
 * else, since a home that is not there may be one of another container's, at the same path; that one's probe is over in a moment.
 */
async function removeHomeless({ home, engine }: Emulator): Promise<Removed> {
  return await removeLeftovers(engine, { 'sm-local.kind': 'probe' }, async (labels) => {
    const of = labels['sm-local.home'];
    return of !== undefined && of !== home.path && isOfHome(labels, home.path) && !existsSync(of);
  });
}

/**
 * Temporary directories whose process is gone. Some are homes that were to go with it: those whose containers are in another engine are left,
 * unless that one is no more, and they were made before `time`. `left`: why others are.
 */
async function sweepDirectories(emulator: Emulator, time?: Date) {
  const { home, engine } = emulator;
  const left = whatIsLeft(emulator);
  const found: string[] = [];
  for (const name of await namesIn(home.tmp)) {
    const path = join(home.tmp, name);
    if ((await (await left(ownerOf(path)))?.isDirectory(path)) === false) found.push(path);
  }
  const below = { containers: 0, networks: 0, volumes: 0 };
  const elsewhere: string[] = [];
  const failures: unknown[] = [];
  let directories = 0;
  const remove = async (directory: string): Promise<void> => {
    const isHome = existsSync(join(directory, 'format'));
    const of = isHome ? await engineOfHome(directory, engine) : 'none';
    const isLost = of === 'replaced' && time !== undefined && statSync(directory).mtime < time;
    if (of === 'other' || (of === 'replaced' && !isLost)) {
      elsewhere.push(directory);
      return;
    }
    // Its containers say that they are of it, or of an account of it.
    if (isHome && of === 'this') {
      const removed = await removeLeftovers(engine, {}, async (labels) => isOfHome(labels, directory));
      for (const kind of ['containers', 'networks', 'volumes'] as const) below[kind] += removed[kind];
    }
    await removeTree(directory);
    directories += 1;
  };
  for (const directory of found) await remove(directory).catch((error: unknown) => failures.push(error)); // what stays keeps no other
  return { directories, elsewhere, below, left: failures };
}

/** What all accounts have together. Returns how many networks are gone. */
async function cleanShared(emulator: Emulator, isWanted: (owner: string) => Promise<boolean>): Promise<number> {
  const credentials = await emulator.credentials;
  await credentials.sweep((entry) => isEntryWanted(entry, emulator.home, isWanted));
  await (await emulator.localObjects).sweep();
  await (await emulator.uploads).sweep();
  return await credentials.removeUnusedNetwork();
}

/** What other homes have is theirs to clean, as long as there is such a home. */
async function isEntryWanted({ home: of, owner }: Entry, home: Home, isWanted: (owner: string) => Promise<boolean>): Promise<boolean> {
  return of === home.path ? await isWanted(owner) : existsSync(of);
}

/** Forgets owners that are gone and of whom nothing is unfinished. Errors: DiskTrouble. */
export async function sweep(emulator: Emulator): Promise<void> {
  await sweepOwners(emulator.home, async () => (await thingsInUse(emulator)).owners);
  await sweepClaims(emulator);
}

interface InUse {
  /** `keyOf` of each. */
  readonly labels: ReadonlySet<string>;
  readonly owners: ReadonlySet<string>;
  isDirectory(path: string): Promise<boolean>;
  readonly broken: readonly SmLocalError[];
}

/** What unfinished jobs and endpoints have, whose process lives or that nobody has adopted yet. */
async function thingsInUse({ home, trainingJobs, endpoints }: Emulator): Promise<InUse> {
  const labels = new Set<string>();
  const directories = new Set<string>();
  const ofOver = new Map<string, string>();
  const owners = new Set<string>();
  const [jobs, served] = [await trainingJobs.list(), await endpoints.list()];
  // Of a record that cannot be read it cannot be told whether it is over, so all that bears its name stays.
  for (const { name } of jobs.broken) labels.add(keyOf(trainingJobs.kind, name, undefined));
  const unknown = jobs.broken.map(({ name }) => `.${name}-`);
  for (const { name } of served.broken) labels.add(keyOf(endpoints.kind, name, undefined));
  for (const { value } of jobs.records) {
    // What a job that is over left and nobody could archive stays as long as its record.
    const { scratch } = value.run ?? {};
    if (scratch !== undefined && (value.endTime === undefined || value.files.collected)) directories.add(scratch);
    else if (scratch !== undefined) ofOver.set(scratch, value.owner);
    if (value.endTime !== undefined) continue;
    labels.add(keyOf(trainingJobs.kind, value.name, value.run?.label ?? value.owner));
    owners.add(value.owner);
  }
  for (const { value } of served.records) {
    labels.add(keyOf(endpoints.kind, value.name, value.run?.label ?? value.owner));
    owners.add(value.owner);
  }
  return {
    labels,
    owners,
    async isDirectory(path) {
      if (directories.has(path) || unknown.some((part) => basename(path).includes(part))) return true;
      const owner = ofOver.get(path); // who has taken the job over, and may still move out of it what is to be kept
      return owner !== undefined && (await isAlive(home, owner));
    },
    broken: [...jobs.broken, ...served.broken].map(({ error }) => error),
  };
}

const keyOf = (kind: string | undefined, name: string | undefined, owner: string | undefined): string => `${kind}/${name}/${owner}`;

/** Claims of owners that died while they took something over, once nothing of theirs is unfinished. */
async function sweepClaims({ home }: Emulator): Promise<void> {
  const dead = new Set(await deadOwners(home));
  for (const file of await namesIn(home.owners)) {
    const owner = file.split('.')[0] ?? '';
    if (file.endsWith(heirSuffix) && !dead.has(owner) && !(await isAlive(home, owner))) await removeTree(join(home.owners, file));
  }
}
