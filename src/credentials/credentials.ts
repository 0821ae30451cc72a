import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerMetadata, type CredentialsPlace, credentialsPath, type Keys } from '../contract/container-credentials.ts';
import type { Engine } from '../engine/engine.ts';
import { isError, reasonOf } from '../errors.ts';
import { Scope } from '../scope.ts';
import type { AssumedRole, Role, RoleKeys } from './assume-role.ts';
import { type Issued, issue } from './issue.ts';
import type { CredentialsChoice, KeptCredentials } from './kept.ts';
import { credentialsListener } from './listener.ts';
import { checkEngine, credentialsAddress, hasNetwork, makeNetwork, removeNetwork } from './network.ts';
import { type Entry, type Register, userRegister } from './register.ts';
import { ask, type HttpAddress, SharedAddress, taken } from './shared-address.ts';

export interface Wanted {
  /** Of the job or endpoint. */
  readonly name: string;
  /** No way out of the container, so no credentials either. */
  readonly isolated: boolean;
  readonly roleArn: string;
  /** Whose keys they are, twelve digits. */
  readonly account: string;
  readonly metadata: ContainerMetadata;
  readonly choice: CredentialsChoice;
  /** What was issued to it already, by whichever process. */
  readonly issued?: Issued;
  /** Told of trouble that comes later. */
  readonly warn: (message: string) => void;
}

/** Credentials of one job or endpoint, good until it is disposed. */
export interface Grant extends AsyncDisposable {
  readonly place: CredentialsPlace;
  readonly kept: KeptCredentials;
  /** Lets go of them without an end: the containers go on, and find them where another process listens, now or once it has taken over. */
  leave(): Promise<void>;
}

export interface CredentialsOptions {
  /** Path of the home whose jobs and endpoints these are. */
  readonly home: string;
  /** Id of this process. */
  readonly owner: string;
  readonly now: () => Date;
  /** Others in tests. */
  readonly address?: HttpAddress;
  readonly register?: Register;
}

/** Hands out credentials to the containers of one process; beside it, other processes do at the same address. */
export class Credentials implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #options: CredentialsOptions;
  readonly #address: HttpAddress;
  readonly #register: Promise<Register>;
  readonly #shared: Promise<SharedAddress>;
  /** Who is told when the address is lost. */
  readonly #holders = new Set<Wanted['warn']>();

  constructor(engine: Engine, options: CredentialsOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#address = options.address ?? credentialsAddress;
    this.#register = options.register ? Promise.resolve(options.register) : userRegister();
    this.#shared = this.#register.then((register) => this.#share(register));
  }

  /**
   * Credentials for something whose containers are about to be made, or run already. Errors: RoleNotAssumed; CredentialsUnavailable when the
   * network was asked for by name; the signal's reason; trouble of the engine.
   */
  async grant(wanted: Wanted, signal: AbortSignal): Promise<Grant> {
    const { choice, isolated, warn } = wanted;
    const offer = new Offer();
    const grant = (place: CredentialsPlace, kept: Omit<KeptCredentials, 'choice' | 'source'> = {}): Grant => ({
      place,
      kept: { choice, source: place.source, ...kept },
      leave: () => offer.work[Symbol.asyncDispose](),
      [Symbol.asyncDispose]: () => offer[Symbol.asyncDispose](),
    });
    if (isolated || choice.source === 'none') return grant({ source: 'none' });
    const issued = wanted.issued ?? issue(wanted.account);
    const role = choice.role && (await this.#assume(choice.role, wanted.name, signal));
    const why = choice.source === 'environment' ? notWanted : await this.#offer(wanted, issued, role, offer);
    if (why === undefined) return grant({ source: 'network', id: issued.id, metadataId: issued.metadataId }, { issued });
    if (role) warn(`The role's credentials are good until ${role.first.expiration.toISOString()}: in the environment they stay the same.`);
    return grant({ source: 'environment', keys: role?.first.keys ?? issued.keys }, { issued, ...(why !== notWanted && { why }) });
  }

  /** Forgets what a process that is gone has left of something that is over. Errors: DiskTrouble. */
  async forget({ issued }: KeptCredentials): Promise<void> {
    const register = await this.#register;
    if (issued) await Promise.all([register.remove(issued.id), register.remove(issued.metadataId)]);
  }

  /** Forgets entries that nobody needs any more. Errors: DiskTrouble. */
  async sweep(isWanted: (entry: Entry) => Promise<boolean>): Promise<void> {
    await (await this.#register).sweep(isWanted);
  }

  /** Removes the network unless somebody uses it. Returns how many there were. Errors: trouble of the engine. */
  async removeUnusedNetwork(): Promise<number> {
    if (!(await hasNetwork(this.#engine))) return 0;
    return (await (await this.#shared).alone(() => removeNetwork(this.#engine))) ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#shared)[Symbol.asyncDispose]();
  }

  #share(register: Register): SharedAddress {
    return new SharedAddress({
      address: this.#address,
      answer: credentialsListener(register, this.#options.now),
      makeHost: () => makeNetwork(this.#engine, this.#address),
      onLost: (error) => {
        for (const warn of this.#holders) warn(`The containers' credentials are lost: ${reasonOf(error)}`);
      },
    });
  }

  /** Has the containers answered from now on, as long as `offer` is not disposed; why that cannot be, where another source will do. */
  async #offer(wanted: Wanted, issued: Issued, role: AssumedRole | undefined, offer: Offer): Promise<string | undefined> {
    try {
      checkEngine(await this.#engine.describe());
      const shared = await this.#shared;
      const answering = this.#answerUnder(issued, wanted, role, offer);
      const hold = await shared.take().finally(() => answering); // side by side, and neither goes on after this
      if (hold === 'behind') await this.#prove(issued.id, role?.first.keys ?? issued.keys);
      this.#holders.add(wanted.warn);
      offer.work.defer(() => this.#holders.delete(wanted.warn));
      return undefined;
    } catch (error) {
      await offer[Symbol.asyncDispose]();
      const isRefusal = isError(error, 'CredentialsUnavailable') || isError(error, 'DiskTrouble');
      if (!isRefusal || wanted.choice.source === 'network') throw error;
      return error.message;
    }
  }

  async #answerUnder(issued: Issued, { roleArn, metadata, warn }: Wanted, role: AssumedRole | undefined, offer: Offer): Promise<void> {
    const register = await this.#register;
    const { home, owner } = this.#options;
    const put = async (id: string, what: EntryContent): Promise<void> => {
      await register.put(id, { home, owner, ...what });
    };
    for (const id of [issued.id, issued.metadataId]) offer.entries.defer(() => register.remove(id));
    const putRole = ({ keys, expiration }: RoleKeys): Promise<void> =>
      put(issued.id, { kind: 'credentials', roleArn: role?.arn ?? roleArn, keys, expiration: expiration.toISOString() });
    await Promise.all([
      put(issued.metadataId, { kind: 'metadata', metadata }),
      role ? putRole(role.first) : put(issued.id, { kind: 'credentials', roleArn, keys: issued.keys }),
    ]);
    if (role) offer.work.use(role.keepRenewed(putRole, warn));
  }

  /** A container is promised only what was seen: whoever listens may be another user's and know nothing of it. Errors: CredentialsUnavailable. */
  async #prove(id: string, { AccessKeyId }: Keys): Promise<void> {
    const shared = await this.#shared;
    for (let pause = 1; ; pause *= 4) {
      const answer = await ask(this.#address, credentialsPath(id));
      if (answer?.status === 200 && answer.body.includes(AccessKeyId)) return;
      if (answer || pause > longestPause) throw taken(this.#address);
      await sleep(pause); // who listened has just ended, and somebody follows it
      if ((await shared.take()) === 'listening') return;
    }
  }

  async #assume(role: Role, name: string, signal: AbortSignal): Promise<AssumedRole> {
    const { AssumedRole } = await import('./assume-role.ts'); // starts programs; needed rarely
    return await AssumedRole.assume(role, `sm-local-${name}`, signal);
  }
}

/** Milliseconds. */
const longestPause = 64;

/** What is there to undo: entries of the register, and what this process does for them. */
class Offer implements AsyncDisposable {
  readonly entries = new Scope();
  readonly work = new Scope();

  async [Symbol.asyncDispose](): Promise<void> {
    await this.work[Symbol.asyncDispose]();
    await this.entries[Symbol.asyncDispose]();
  }
}

/** The network is not what the user wants, which needs no reason. */
const notWanted = Symbol();

type EntryContent = Entry extends infer E ? (E extends Entry ? Omit<E, 'home' | 'owner'> : never) : never;
