import type { EngineAddress, ImageSummary, Labels } from '../engine.ts';
import { type Client, engineError, labelFilter, statusOf } from './client.ts';

export async function listImages(client: Client, address: EngineAddress, labels: Labels): Promise<readonly ImageSummary[]> {
  try {
    const found = await client.listImages({ filters: labelFilter(labels) });
    const summaries = await Promise.all(found.map((image) => summaryOf(client, image)));
    return summaries.flatMap((summary) => summary ?? []);
  } catch (error) {
    throw engineError(error, 'list images', address);
  }
}

export async function removeUnusedImage(client: Client, address: EngineAddress, reference: string): Promise<boolean> {
  try {
    await client.getImage(reference).remove();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return true;
    if (statusOf(error) === 409) return false; // by what it says, a container or an image that is made of it
    throw engineError(error, `remove the image ${reference}`, address);
  }
}

type Listed = Awaited<ReturnType<Client['listImages']>>[number];

/** Undefined when it has gone meanwhile. */
async function summaryOf(client: Client, { Id, RepoTags, RepoDigests, Created }: Listed): Promise<ImageSummary | undefined> {
  try {
    const { Metadata } = (await client.getImage(Id).inspect()) as { Metadata?: { LastTagTime?: string } };
    const named = Date.parse(Metadata?.LastTagTime ?? ''); // the year 1 when it never was
    const references = [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter((reference) => !reference.startsWith('<none>'));
    return { id: Id, references, builtAt: Math.max(Created * 1000, named || 0) };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
