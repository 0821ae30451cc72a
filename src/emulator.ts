import type { Callback } from './contract/callback.ts';
import { closest } from './contract/closest.ts';
import { type Account, contractDefaults } from './contract/names.ts';
import type { Credentials } from './credentials/credentials.ts';
import type { CredentialsChoice } from './credentials/kept.ts';
import type { EndpointConfigRecord, ModelRecord } from './endpoints/definitions.ts';
import type { Engine, Labels } from './engine/engine.ts';
import { withLabels } from './engine/labelled.ts';
import { openEngine } from './engine/open.ts';
import { noteEngine } from './engine-of-home.ts';
import { fail, reasonOf } from './errors.ts';
import type { EndpointRecord } from './hosting/record.ts';
import type { TrainingRecord } from './jobs/record.ts';
import type { WorkspaceStrategy } from './jobs/workspace.ts';
import { Scope } from './scope.ts';
import { StopRequests } from './stop-requests.ts';
import { accountsIn, defaultHome, type Home, homeOfAccount, isReuseHome, openHome, type TemporaryDirectory } from './store/home.ts';
import { Janitor } from './store/janitor.ts';
import type { LocalObjects } from './store/local-objects.ts';
import type { LocalUploads } from './store/local-uploads.ts';
import type { ObjectStore } from './store/objects.ts';
import { isAlive, Owner } from './store/owner.ts';
import { Records } from './store/records.ts';
import { keepReserve } from './store/reserve.ts';
import type { S3Endpoint } from './store/s3-objects.ts';
import { machineTime, type Timekeeper } from './timekeeper.ts';
import { trace } from './trace.ts';

export interface EmulatorOptions {
  /** Directory of all local state; `~/.sm-local` by default. */
  readonly home?: string;
  /** The engine or its address; found as the docker program finds it by default. */
  readonly engine?: string | Engine;
  /** Of somebody else's, on everything made in the engine besides our own; not on images. */
  readonly labels?: Labels;
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
  /** The address of an S3 elsewhere that s3:// addresses lead to, in place of the objects of this home: `http://127.0.0.1:9000`. */
  readonly s3Endpoint?: string;
  /** How such an S3 is asked, also one that a job to be adopted was begun with; as the AWS SDK finds it out by itself by default. */
  readonly s3Access?: Partial<Omit<S3Endpoint, 'url'>>;
  /** Told of what went wrong besides, in a sentence; a warning of the process by default. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** The clock; the real one by default. */
  readonly now?: () => Date;
  /** By which time limits are measured; the machine's by default. */
  readonly time?: Timekeeper;
}

/**
 * Opens the home and finds the engine; nothing is sent to it and nothing is created in it.
 * Errors: HomeNewer, DiskTrouble, EngineContextUnknown.
 */
export async function openEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const home = await openHome(options.home ?? defaultHome());
  const engine = typeof options.engine === 'object' ? options.engine : await openEngine(options.engine);
  if (isReuseHome(home.path)) await noteEngine(home.path, engine); // for who removes it, when it has not been used for long
  trace(() => `home ${home.path}; engine ${engine.address.host}, found by: ${engine.address.rule}`);
  const { region = contractDefaults.region, account = contractDefaults.account, labels } = options;
  return new Emulator(home, labels ? withLabels(engine, labels) : engine, options).in({ region, account });
}

/**
 * The composition root: an engine and the stores of one home, as one account has them in one region. Of that an account has records, logs and
 * owners of its own; the engine, objects and credentials are those of all. It disposes what it opened, together with all of its family.
 */
export class Emulator implements AsyncDisposable {
  readonly home: Home;
  readonly engine: Engine;
  readonly region: string;
  readonly account: string;
  readonly now: () => Date;
  /** By which time limits are measured. */
  readonly time: Timekeeper;
  readonly workspace: WorkspaceStrategy | undefined;
  readonly credentialsChoice: CredentialsChoice;
  /** Seconds for which an engine that went away is waited for. */
  readonly patience: number;
  readonly stopRequests: StopRequests;
  /** Of the whole family. */
  readonly janitor: Janitor;
  readonly trainingJobs: Records<TrainingRecord>;
  readonly endpoints: Records<EndpointRecord>;
  readonly models: Records<ModelRecord>;
  readonly endpointConfigs: Records<EndpointConfigRecord>;
  readonly #options: EmulatorOptions;
  readonly #root: Emulator;
  /** Every one there is, by account and region. */
  readonly #family: Map<string, Emulator>;
  #uploads: Promise<LocalUploads> | undefined;
  #localObjects: Promise<LocalObjects> | undefined;
  /** Address -> what is behind it. */
  readonly #elsewhere = new Map<string, Promise<ObjectStore>>();
  #owner: Promise<Owner> | undefined;
  #credentials: Promise<Credentials> | undefined;
  #callback: (() => Promise<Callback | undefined>) | undefined;
  readonly #ownsEngine: boolean;
  #isLeft = false;

  /** `of`: whose home this one's is below. */
  constructor(home: Home, engine: Engine, options: EmulatorOptions, of?: Emulator) {
    this.home = home;
    this.engine = engine;
    this.#options = options;
    this.#root = of ?? this;
    this.#family = of ? of.#family : new Map([[keyOf(contractDefaults), this]]);
    this.#ownsEngine = typeof options.engine !== 'object';
    this.region = of ? (options.region ?? contractDefaults.region) : contractDefaults.region;
    this.account = of ? (options.account ?? contractDefaults.account) : contractDefaults.account;
    this.now = options.now ?? (() => new Date());
    this.time = options.time ?? machineTime;
    this.workspace = options.workspace;
    this.credentialsChoice = options.credentials ?? {};
    this.patience = options.enginePatience ?? 60;
    this.stopRequests = new StopRequests(home);
    const { onWarning = (message) => process.emitWarning(message, 'sm-local') } = options;
    this.janitor = of
      ? of.janitor
      : new Janitor({
          onTrouble: (error) => {
            for (const each of this.#family.values()) each.leave();
            onWarning(`Something is left of a job, which the next command tries to remove again: ${reasonOf(error)}`);
          },
        });
    this.trainingJobs = new Records(home, 'training-job');
    this.endpoints = new Records(home, 'endpoint');
    this.models = new Records(home, 'model', ['name', 'arn', 'creationTime', 'request']);
    this.endpointConfigs = new Records(home, 'endpoint-config', ['name', 'arn', 'creationTime', 'request']);
  }

  /** The same engine and home, for another account or region. */
  in({ region, account }: Account): Emulator {
    const key = keyOf({ region, account });
    const known = this.#family.get(key);
    if (known) return known;
    const root = this.#root;
    const made = new Emulator(homeOfAccount(root.home, { account, region }), this.engine, { ...this.#options, region, account }, root);
    this.#family.set(key, made);
    return made;
  }

  /** This home for each account and region that has anything in it, the default ones first. Errors: DiskTrouble. */
  async everywhere(): Promise<readonly Emulator[]> {
    const root = this.#root;
    return [root, ...(await accountsIn(root.home)).map((account) => root.in(account))];
  }

  /** That of the default account in the default region: its home is the whole, and what all share is seen to with it. */
  get root(): Emulator {
    return this.#root;
  }

  /** The address of the S3 elsewhere that s3:// addresses lead to, if it is not this home. */
  get s3Endpoint(): string | undefined {
    return this.#options.s3Endpoint;
  }

  /** Where s3:// addresses lead. */
  get objects(): Promise<ObjectStore> {
    return this.objectsAt(this.s3Endpoint);
  }

  /** Where they led when something was begun: to an S3 elsewhere, or without an address to this home. */
  objectsAt(url: string | undefined): Promise<ObjectStore> {
    if (url === undefined) return this.localObjects;
    const { home, region } = this.#root;
    const known = this.#root.#elsewhere;
    const opened =
      known.get(url) ??
      import('./store/s3-objects.ts').then((store) => {
        const endpoint = { region, ...this.#options.s3Access, url };
        return new store.S3Objects(endpoint, async (name) => home.temporaryDirectory(`${(await this.#root.owner).id}.${name}`));
      });
    known.set(url, opened);
    return opened;
  }

  /** The objects of this home; loaded when they are first asked for, since most commands do without. */
  get localObjects(): Promise<LocalObjects> {
    const root = this.#root;
    root.#localObjects ??= import('./store/local-objects.ts').then(
      (store) => new store.LocalObjects(root.home, { owner: async () => (await root.owner).id, mapped: this.#options.buckets ?? {} }),
    );
    return root.#localObjects;
  }

  /** Objects of this home that are being put in several parts. */
  get uploads(): Promise<LocalUploads> {
    const root = this.#root;
    root.#uploads ??= import('./store/local-uploads.ts').then((store) => new store.LocalUploads(root.home));
    return root.#uploads;
  }

  /** This process as the owner of what it runs. */
  get owner(): Promise<Owner> {
    this.#owner ??= this.#startOwner();
    return this.#owner;
  }

  #startOwner(): Promise<Owner> {
    keepReserve(this.#root.home.path); // for what it will have to write
    return Owner.start(this.home);
  }

  /** What hands out credentials to containers. Loaded by who runs some. */
  get credentials(): Promise<Credentials> {
    this.#root.#credentials ??= this.#root.#openCredentials();
    return this.#root.#credentials;
  }

  async #openCredentials(): Promise<Credentials> {
    const [{ Credentials }, { id }] = await Promise.all([import('./credentials/credentials.ts'), this.owner]);
    return new Credentials(this.engine, { home: this.home.path, owner: id, now: this.now });
  }

  /** Where the containers of this process reach an API of its own, if it has one for them. Errors: trouble of the engine. */
  async callback(): Promise<Callback | undefined> {
    return await this.#root.#callback?.();
  }

  /** What `callback` tells from now on, in every account and region; undefined: nothing. */
  offerCallback(find: (() => Promise<Callback | undefined>) | undefined): void {
    this.#root.#callback = find;
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
      const names = (await this.#runningEndpoints()).map((each) => each.name);
      const near = closest(name, names);
      throw fail('ResourceNotFound', { what: `a running endpoint called "${name}"`, ...(near !== undefined && { near }) });
    }
    const running = await this.#runningEndpoints();
    const [only, ...others] = running;
    if (only && others.length === 0) return only;
    const what = only ? `the endpoint that is meant: ${running.map((each) => each.name).join(', ')} are running` : 'a running endpoint';
    throw fail('ResourceNotFound', { what });
  }

  async #runningEndpoints(): Promise<readonly (EndpointRecord & { readonly url: string })[]> {
    const { records } = await this.endpoints.list();
    const alive = await Promise.all(records.map(async ({ value }) => ((await this.isRunning(value)) ? [value] : [])));
    return alive.flat().filter(hasUrl);
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
    const scope = new Scope();
    if (this.#ownsEngine) scope.use(this.engine);
    for (const each of this.#family.values()) scope.defer(() => each.#endOwner());
    scope.use(this.janitor); // while what it removes has an owner
    scope.defer(async () => (await this.#root.#credentials)?.[Symbol.asyncDispose]());
    await scope[Symbol.asyncDispose]();
  }

  async #endOwner(): Promise<void> {
    const owner = await this.#owner?.catch(() => undefined); // whoever asked for it has heard why there is none
    if (this.#isLeft) await owner?.abandon();
    else await owner?.[Symbol.asyncDispose]();
  }
}

const keyOf = ({ account, region }: Account): string => `${account}/${region}`;

const hasUrl = (record: EndpointRecord | undefined): record is EndpointRecord & { readonly url: string } => record?.url !== undefined;
