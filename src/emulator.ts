import { homedir } from 'node:os';
import { join } from 'node:path';
import { contractDefaults } from './contract/names.ts';
import type { Credentials } from './credentials/credentials.ts';
import type { CredentialsChoice } from './credentials/kept.ts';
import { dockerEngine } from './engine/docker/engine.ts';
import type { Engine, Labels } from './engine/engine.ts';
import { findEngine } from './engine/find.ts';
import { fail } from './errors.ts';
import type { EndpointRecord } from './hosting/record.ts';
import type { TrainingRecord } from './jobs/record.ts';
import type { WorkspaceStrategy } from './jobs/workspace.ts';
import { StopRequests } from './stop-requests.ts';
import { type Home, openHome, type TemporaryDirectory } from './store/home.ts';
import type { LocalObjects } from './store/local-objects.ts';
import { isAlive, Owner } from './store/owner.ts';
import { Records } from './store/records.ts';

export interface EmulatorOptions {
  /** Directory of all local state; `~/.sm-local` by default. */
  readonly home?: string;
  /** The engine or its address; found as the docker program finds it by default. */
  readonly engine?: string | Engine;
  readonly region?: string;
  readonly account?: string;
  /** How files reach containers; what the engine makes of this machine's files is tried out once by default. */
  readonly workspace?: WorkspaceStrategy;
  /** What containers find; credentials that are good for nothing, at the cloud's address where it can be had, by default. */
  readonly credentials?: CredentialsChoice;
  /** Seconds for which an engine that goes away while something runs is waited for; 60 by default. */
  readonly enginePatience?: number;
  /** Bucket -> a directory of the user's that is its content; other buckets are in home. */
  readonly buckets?: Readonly<Record<string, string>>;
  /** The clock; the real one by default. */
  readonly now?: () => Date;
}

/**
 * Opens the home and finds the engine; nothing is sent to it and nothing is created in it.
 * Errors: HomeNewer, DiskTrouble, EngineContextUnknown.
 */
export async function openEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const home = await openHome(options.home ?? defaultHome());
  const engine = typeof options.engine === 'object' ? options.engine : dockerEngine(findEngine(options.engine));
  return new Emulator(home, engine, options);
}

export const defaultHome = (): string => join(homedir(), '.sm-local');

/** The composition root: an engine and the stores of one home. It disposes what it opened. */
export class Emulator implements AsyncDisposable {
  readonly home: Home;
  readonly engine: Engine;
  readonly region: string;
  readonly account: string;
  readonly now: () => Date;
  readonly workspace: WorkspaceStrategy | undefined;
  readonly credentialsChoice: CredentialsChoice;
  /** Seconds for which an engine that went away is waited for. */
  readonly patience: number;
  readonly stopRequests: StopRequests;
  readonly trainingJobs: Records<TrainingRecord>;
  readonly endpoints: Records<EndpointRecord>;
  readonly #buckets: Readonly<Record<string, string>>;
  #objects: Promise<LocalObjects> | undefined;
  #owner: Promise<Owner> | undefined;
  #credentials: Promise<Credentials> | undefined;
  readonly #ownsEngine: boolean;
  #isLeft = false;

  constructor(home: Home, engine: Engine, options: EmulatorOptions) {
    this.home = home;
    this.engine = engine;
    this.#ownsEngine = typeof options.engine !== 'object';
    this.region = options.region ?? contractDefaults.region;
    this.account = options.account ?? contractDefaults.account;
    this.now = options.now ?? (() => new Date());
    this.workspace = options.workspace;
    this.credentialsChoice = options.credentials ?? {};
    this.patience = options.enginePatience ?? 60;
    this.#buckets = options.buckets ?? {};
    this.stopRequests = new StopRequests(home);
    this.trainingJobs = new Records(home, 'training-job');
    this.endpoints = new Records(home, 'endpoint');
  }

  /** The objects of this home; loaded when they are first asked for, since most commands do without. */
  get objects(): Promise<LocalObjects> {
    this.#objects ??= import('./store/local-objects.ts').then(
      (store) => new store.LocalObjects(this.home, { owner: async () => (await this.owner).id, mapped: this.#buckets }),
    );
    return this.#objects;
  }

  /** This process as the owner of what it runs. */
  get owner(): Promise<Owner> {
    this.#owner ??= Owner.start(this.home);
    return this.#owner;
  }

  /** What hands out credentials to containers. Loaded by who runs some. */
  get credentials(): Promise<Credentials> {
    this.#credentials ??= this.#openCredentials();
    return this.#credentials;
  }

  async #openCredentials(): Promise<Credentials> {
    const [{ Credentials }, { id }] = await Promise.all([import('./credentials/credentials.ts'), this.owner]);
    return new Credentials(this.engine, { home: this.home.path, owner: id, now: this.now });
  }

  /** Labels of everything made in the engine for this home by this process. */
  async labels(): Promise<Labels> {
    return { 'sm-local.home': this.home.path, 'sm-local.owner': (await this.owner).id };
  }

  /** An empty directory that goes when it is disposed, or with `clean` when this process has died. */
  async temporaryDirectory(name: string): Promise<TemporaryDirectory> {
    return await this.home.temporaryDirectory(`${(await this.owner).id}.${name}`);
  }

  /** The endpoint of this name, or the only one, whose process is alive. Errors: ResourceNotFound. */
  async runningEndpoint(name: string | undefined): Promise<EndpointRecord & { readonly url: string }> {
    if (name !== undefined) {
      const record = await this.endpoints.read(name);
      if (hasUrl(record) && (await this.isRunning(record))) return record;
      throw fail('ResourceNotFound', { what: `a running endpoint called "${name}"` });
    }
    const { records } = await this.endpoints.list();
    const alive = await Promise.all(records.map(async ({ value }) => ((await this.isRunning(value)) ? [value] : [])));
    const running = alive.flat().filter(hasUrl);
    const [only, ...others] = running;
    if (only && others.length === 0) return only;
    const what = only ? `the endpoint that is meant: ${running.map((each) => each.name).join(', ')} are running` : 'a running endpoint';
    throw fail('ResourceNotFound', { what });
  }

  /** Whether the process that owns the recorded thing is alive. */
  async isRunning(record: { readonly owner: string } | undefined): Promise<boolean> {
    return record !== undefined && (await isAlive(this.home, record.owner));
  }

  /** Something of this process is not finished, and the next one shall see that. */
  leave(): void {
    this.#isLeft = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#credentials)?.[Symbol.asyncDispose]();
    const owner = await this.#owner?.catch(() => undefined); // whoever asked for it has heard why there is none
    if (this.#isLeft) await owner?.abandon();
    else await owner?.[Symbol.asyncDispose]();
    if (this.#ownsEngine) await this.engine[Symbol.asyncDispose]();
  }
}

const hasUrl = (record: EndpointRecord | undefined): record is EndpointRecord & { readonly url: string } => record?.url !== undefined;
