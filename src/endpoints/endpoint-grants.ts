import type { CreateModelInput } from '@aws-sdk/client-sagemaker';
import { contractDefaults } from '../contract/names.ts';
import type { Grant } from '../credentials/credentials.ts';
import type { Emulator } from '../emulator.ts';
import type { Image } from '../engine/engine.ts';
import { reasonOf } from '../errors.ts';
import { grantEndpoint } from '../grants.ts';
import { allThenThrow } from '../hosting/all-then-throw.ts';
import { credentialsOf } from '../hosting/record.ts';
import type { ImageObserver } from '../image.ts';
import { Scope } from '../scope.ts';
import type { KeptRecord } from './claim.ts';

/** The credentials of an endpoint's containers: the same for all models of a role, for as long as the endpoint lasts. */
export class EndpointGrants implements AsyncDisposable {
  readonly #emulator: Emulator;
  readonly #record: KeptRecord;
  readonly #observer: ImageObserver;
  /** By role. */
  readonly #grants = new Map<string, Promise<Grant>>();

  constructor(emulator: Emulator, record: KeptRecord, observer: ImageObserver) {
    this.#emulator = emulator;
    this.#record = record;
    this.#observer = observer;
  }

  /** One that could not be had is asked for again. Errors: as `Credentials.grant`. */
  for(model: CreateModelInput, image: Image, signal: AbortSignal): Promise<Grant> {
    const role = model.ExecutionRoleArn ?? contractDefaults.roleArn;
    const known = this.#grants.get(role);
    if (known) return known;
    return this.#remember(role, this.#take(role, model.PrimaryContainer?.Image ?? '', image, signal));
  }

  /**
   * Those that its containers were given by another process, whose containers may run: what they cannot have any more is told. Returns when
   * that is known of all.
   */
  async again(signal: AbortSignal): Promise<void> {
    const { name, image, imageId, run } = this.#record.now;
    const kept = credentialsOf(run);
    const lose = (why: string): void =>
      this.#observer.event({ event: 'warning', message: `The containers of ${name} have lost their credentials: ${why}` });
    const granted = (run.roles ?? []).map(async (roleArn, index) => {
      const before = kept[index];
      if (!before) return;
      const again = grantEndpoint(this.#emulator, { name, image, imageId, roleArn }, this.#observer, signal, before);
      try {
        const grant = await this.#remember(roleArn, again);
        if (before.source === 'network' && grant.kept.why !== undefined) lose(grant.kept.why);
      } catch (error) {
        if (!signal.aborted) lose(reasonOf(error));
      }
    });
    await Promise.all(granted);
  }

  /** Lets go of them: the containers go on, and find them where another process listens. */
  async leave(): Promise<void> {
    await allThenThrow((await this.#had()).map((grant) => grant.leave()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const scope = new Scope();
    for (const grant of await this.#had()) scope.use(grant);
    await scope[Symbol.asyncDispose]();
  }

  async #had(): Promise<readonly Grant[]> {
    const settled = await Promise.allSettled(this.#grants.values());
    return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  }

  #remember(role: string, grant: Promise<Grant>): Promise<Grant> {
    this.#grants.set(role, grant);
    grant.catch(() => this.#grants.delete(role));
    return grant;
  }

  async #take(roleArn: string, name: string, image: Image, signal: AbortSignal): Promise<Grant> {
    const granted = { name: this.#record.now.name, image: name, imageId: image.id, roleArn };
    const grant = await grantEndpoint(this.#emulator, granted, this.#observer, signal);
    const { run } = this.#record.now;
    const kept = run.credentials ? { moreCredentials: [...(run.moreCredentials ?? []), grant.kept] } : { credentials: grant.kept };
    this.#record.keep({ run: { ...run, ...kept, roles: [...(run.roles ?? []), roleArn] } });
    return grant;
  }
}
