import type { Tag } from '@aws-sdk/client-sagemaker';
import { fail } from '../errors.ts';
import { repeated } from './broken-rule.ts';
import { type Account, type ResourceKind, resourceArn } from './names.ts';

/** API Reference, AddTags: "You can specify up to 50 tags". */
export const mostTags = 50;

/** Refuses tags that no caller may set; for requests that `validateRequest` has let through. Words of ours. Errors: InvalidRequest. */
export function checkTags(tags: readonly Tag[] = []): void {
  const keys = tags.map(({ Key }) => Key);
  const reserved = keys.find((key) => /^aws:/i.test(key ?? ''));
  if (reserved !== undefined) {
    const message = `Tag keys that begin with aws: are reserved for AWS: ${reserved}`;
    throw fail('InvalidRequest', { message, remedy: 'Choose a key that does not begin with aws:.' });
  }
  const [twice] = repeated(keys);
  if (twice !== undefined) throw fail('InvalidRequest', { message: `Duplicate tag key: ${twice}`, remedy: 'Give each key once.' });
}

/** The tags with others put over them: keys are compared as they stand, capitals too. Errors: InvalidRequest when there get too many. */
export function tagsWith(before: readonly Tag[], added: readonly Tag[]): readonly Tag[] {
  const all = new Map([...before, ...added].map((tag) => [tag.Key, tag]));
  if (all.size > mostTags) {
    const message = `The resource would have ${all.size} tags, and ${mostTags} are allowed.`;
    throw fail('InvalidRequest', { message, remedy: 'Remove some with DeleteTags first.' });
  }
  return [...all.values()];
}

/** What of an account an ARN names; the name is in lower case, as it stands in ARNs. */
export interface NamedByArn {
  readonly kind: ResourceKind;
  readonly name: string;
}

/** Undefined for an ARN of another account or region, and of a kind that is not served. */
export function namedBy(arn: string, { region, account }: Account): NamedByArn | undefined {
  const [, kind, name = ''] = /:([a-z-]+)\/([^/:]+)$/.exec(arn) ?? [];
  const found = kinds.find((each) => each === kind);
  if (!found || resourceArn(found, region, account, name) !== arn.toLowerCase().replace(/^arn:aws[a-z-]*:/, 'arn:aws:')) return undefined;
  return { kind: found, name: name.toLowerCase() };
}

const kinds: readonly ResourceKind[] = ['training-job', 'model', 'endpoint-config', 'endpoint'];

/** What is said of an ARN that names nothing: as Describe says it of that kind (contract control-plane §7); of other kinds in words of ours. */
export function notTagged(arn: string, named: NamedByArn | undefined): string {
  if (named?.kind === 'training-job') return 'Requested resource not found.';
  const what = named ? { model: 'model', 'endpoint-config': 'endpoint configuration', endpoint: 'endpoint' }[named.kind] : 'resource';
  return `Could not find ${what} "${arn}".`;
}
