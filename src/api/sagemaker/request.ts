import type { Operation } from '../../contract/aws-shapes.ts';
import { knownMembers } from '../../contract/known-members.ts';
import type { SageMaker } from './sagemaker.ts';

/** A request as it came, without what is null and what AWS does not know; of that a warning tells once. Nothing else is checked. */
export function requestOf<T>(operation: Operation, input: unknown, sagemaker: Pick<SageMaker, 'warn'>): T {
  const { request, unknown } = knownMembers(operation, input);
  const told = toldTo(sagemaker);
  // A place in a list does not make a member another one.
  const news = unknown.filter((member) => !told.has(keyOf(operation, member)));
  for (const member of news) told.add(keyOf(operation, member));
  if (news.length > 0) sagemaker.warn(`Ignored, since SageMaker does not have it (${operation}): ${news.join(', ')}.`);
  return request as T;
}

const keyOf = (operation: Operation, member: string): string => `${operation} ${member.replaceAll(/\[\d+\]/g, '[]')}`;

const told = new WeakMap<Pick<SageMaker, 'warn'>, Set<string>>();

function toldTo(sagemaker: Pick<SageMaker, 'warn'>): Set<string> {
  const known = told.get(sagemaker) ?? new Set();
  told.set(sagemaker, known);
  return known;
}
