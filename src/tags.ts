import type {
  AddTagsInput,
  AddTagsOutput,
  DeleteTagsInput,
  DeleteTagsOutput,
  ListTagsInput,
  ListTagsOutput,
  Tag,
} from '@aws-sdk/client-sagemaker';
import { checkTags, namedBy, notTagged, tagsWith } from './contract/tags.ts';
import { validateRequest } from './contract/validation.ts';
import type { Emulator } from './emulator.ts';
import { fail } from './errors.ts';
import { Records } from './store/records.ts';

interface TagsRecord {
  readonly tags: readonly Tag[];
}

/** The tags of what one account has in one region, by ARN; capitals make no difference in those. Errors of all: DiskTrouble. */
export class Tags {
  readonly #emulator: Emulator;
  readonly #records: Records<TagsRecord>;
  /** Changes of the same thing take turns. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
    this.#records = new Records(emulator.home, 'tags');
  }

  /** Those of what was just made, in place of whatever there is under its ARN. */
  async put(arn: string, tags: readonly Tag[]): Promise<void> {
    await this.#inTurn(arn, () => this.#write(arn, tags));
  }

  /** Of what is gone. */
  async forget(arn: string): Promise<void> {
    await this.put(arn, []);
  }

  /** AddTags. Errors: InvalidRequest, also for an ARN that names nothing. */
  async add(request: AddTagsInput): Promise<AddTagsOutput> {
    validateRequest('AddTags', request);
    const { ResourceArn: arn = '', Tags: added = [] } = request;
    checkTags(added);
    this.#checkThere(arn);
    const tags = await this.#inTurn(arn, async () => {
      const all = tagsWith(await this.#read(arn), added);
      await this.#write(arn, all);
      return all;
    });
    return { Tags: [...tags] };
  }

  /** ListTags. All that a thing may have are one page, so there is never a token for the next. Errors: InvalidRequest. */
  async list(request: ListTagsInput): Promise<ListTagsOutput> {
    validateRequest('ListTags', request);
    const { ResourceArn: arn = '', NextToken } = request;
    if (NextToken != null) throw fail('InvalidRequest', { message: 'The NextToken is invalid.', remedy: 'Leave it out.' });
    this.#checkThere(arn);
    return { Tags: [...(await this.#read(arn))] };
  }

  /** DeleteTags. Removing a key that is not there is no error. Errors: InvalidRequest. */
  async remove(request: DeleteTagsInput): Promise<DeleteTagsOutput> {
    validateRequest('DeleteTags', request);
    const { ResourceArn: arn = '', TagKeys = [] } = request;
    this.#checkThere(arn);
    await this.#inTurn(arn, async () => {
      const kept = (await this.#read(arn)).filter(({ Key = '' }) => !TagKeys.includes(Key));
      await this.#write(arn, kept);
    });
    return {};
  }

  /** Errors: InvalidRequest. */
  #checkThere(arn: string): void {
    const named = namedBy(arn, this.#emulator);
    const isThere = named && new Records(this.#emulator.home, named.kind).names().some((name) => name.toLowerCase() === named.name);
    if (!isThere) throw fail('InvalidRequest', { message: notTagged(arn, named), remedy: 'Check the ARN, its account and its region.' });
  }

  async #read(arn: string): Promise<readonly Tag[]> {
    return (await this.#records.read(keyOf(arn)))?.tags ?? [];
  }

  async #write(arn: string, tags: readonly Tag[]): Promise<void> {
    if (tags.length === 0) await this.#records.remove(keyOf(arn));
    else await this.#records.put(keyOf(arn), { tags });
  }

  async #inTurn<T>(arn: string, work: () => Promise<T>): Promise<T> {
    const key = keyOf(arn);
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work, work);
    this.#turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }
}

/** Without what is the same for all of an account in a region. */
const keyOf = (arn: string): string => arn.toLowerCase().split(':').slice(5).join(':');
