import { ownerElement } from '../access.ts';
import type { Answer, Call } from '../call.ts';
import { limitOf } from '../listing.ts';
import { document, element, elements } from '../xml-writer.ts';

/** Those of the caller, and those of nobody. */
export async function listBuckets({ objects, caller, query, region, signal }: Call): Promise<Answer> {
  const [prefix = '', after = '', inRegion] = ['prefix', 'continuation-token', 'bucket-region'].map((name) => query.get(name));
  const limit = limitOf(query, 'max-buckets', 10_000);
  const wanted = (await objects.buckets(signal)).filter(
    (bucket) =>
      (bucket.account ?? caller.account) === caller.account &&
      bucket.name.startsWith(prefix) &&
      bucket.name > after &&
      (inRegion === undefined || (bucket.region ?? region) === inRegion),
  );
  const page = wanted.slice(0, limit);
  const body = document('ListAllMyBucketsResult', [
    ownerElement(caller.account),
    element(
      'Buckets',
      page.map((bucket) =>
        element('Bucket', [elements({ Name: bucket.name, CreationDate: bucket.created, BucketRegion: bucket.region ?? region })]),
      ),
    ),
    element('ContinuationToken', wanted.length > page.length ? page.at(-1)?.name : undefined),
    element('Prefix', query.get('prefix')),
  ]);
  return { body };
}
