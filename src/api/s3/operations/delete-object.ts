import { type Answer, addressOf, type Call } from '../call.ts';
import { isMatch } from '../conditions.ts';
import { refuse } from '../errors.ts';

/** What is not there is removed as well. */
export async function deleteObject(call: Call): Promise<Answer> {
  await removeIf(call, call.key, call.header('if-match'));
  return { status: 204 };
}

/** Removes an object if it is the one that the caller has in mind. Errors: PreconditionFailed, NoSuchKey. */
export async function removeIf(call: Call, key: string, condition: string | undefined): Promise<void> {
  const { objects, signal } = call;
  const address = { ...addressOf(call), key };
  if (condition !== undefined) {
    const object = await objects.head(address, signal);
    if (!object) throw refuse('NoSuchKey', { Key: key });
    if (!isMatch(condition, object)) throw refuse('PreconditionFailed', { Condition: 'If-Match' });
  }
  await objects.remove(address, signal);
}
