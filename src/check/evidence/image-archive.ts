import { posix } from 'node:path';
import { Readable } from 'node:stream';
import type { Image } from '../../engine/engine.ts';
import { tarEntries } from '../../store/tar-reader.ts';
import { size } from '../../units.ts';
import { TextBudget } from './beginnings.ts';
import type { Layer } from './layer.ts';
import { type LayerContent, readLayer } from './layer-content.ts';
import { unpacked } from './unpacked.ts';

export interface ImageArchive {
  /** The lowest first. */
  readonly layers: readonly Layer[];
  readonly config: { readonly history: readonly string[]; readonly exposedPorts: readonly string[] };
  readonly unread: number;
}

/**
 * What `docker save` and `podman save` give, of any age: a directory for each layer, or blobs in the layout of OCI. The manifest, which says
 * what is what, may come last, so whatever looks like a layer is read as one.
 */
export async function readImageArchive(source: Readable, image: Image, signal: AbortSignal): Promise<ImageArchive> {
  const layers = new Map<string, LayerContent>();
  const documents = new Map<string, string>();
  const links = new Map<string, string>(); // layers that are the same as another, with Docker before 25
  const budget = new TextBudget();
  for await (const { header, content } of tarEntries(source, { signal, sourceError: asError })) {
    const name = posix.normalize(header.name);
    if (header.linkname) links.set(name, header.type === 'link' ? header.linkname : posix.join(posix.dirname(name), header.linkname));
    if (header.type !== 'file') continue;
    const { form, stream } = await unpacked(content);
    if (form === 'document') await keepDocument(documents, name, stream);
    else if (form === 'tar') layers.set(name, await readLayer(Readable.from(stream), budget, signal));
    for await (const _ of stream); // to its end: what lies behind the archive's own end
  }
  const found = chosen(documents, image);
  const contents = found.layers.map((path) => {
    const content = layers.get(links.get(path) ?? path);
    if (!content) throw new Error(`its layer ${path} is missing`);
    return content;
  });
  const instructions = found.history.flatMap(({ text, isEmpty }) => (isEmpty ? [] : [text]));
  const isTold = instructions.length === contents.length; // not where layers were squashed
  return {
    layers: contents.map((content, index) => ({ ...content, instruction: (isTold && instructions[index]) || '' })),
    config: { history: found.history.map(({ text }) => text), exposedPorts: found.exposedPorts },
    unread: budget.unread,
  };
}

interface Manifest {
  readonly Config: string;
  readonly Layers: readonly string[] | null;
}

interface Config {
  readonly os?: string;
  readonly architecture?: string;
  readonly config?: { readonly ExposedPorts?: Readonly<Record<string, object>> | null };
  readonly history?: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[] | null;
}

/** The image that was asked for; one that is kept for several platforms may bring them all. */
function chosen(documents: ReadonlyMap<string, string>, { os, architecture }: Image) {
  const manifests = JSON.parse(documents.get('manifest.json') ?? '[]') as readonly Manifest[];
  const all = manifests.map((manifest) => {
    const config = documents.get(manifest.Config);
    if (config === undefined) throw new Error(`its configuration ${manifest.Config} is missing, or longer than ${size(mostOfDocument)}`);
    return { manifest, config: JSON.parse(config) as Config };
  });
  const found = all.find(({ config }) => config.os === os && config.architecture === architecture) ?? all[0];
  if (!found) throw new Error('the engine gave an archive without a manifest');
  return {
    layers: (found.manifest.Layers ?? []).map((path) => posix.normalize(path)),
    history: (found.config.history ?? []).map((each) => ({ text: each.created_by ?? '', isEmpty: each.empty_layer === true })),
    exposedPorts: Object.keys(found.config.config?.ExposedPorts ?? {}),
  };
}

/** What is longer is none of those that count; it is read to its end all the same. */
async function keepDocument(documents: Map<string, string>, name: string, stream: AsyncIterable<Buffer>): Promise<void> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of stream) {
    length += piece.length;
    if (length <= mostOfDocument) pieces.push(piece);
    else pieces.length = 0;
  }
  if (length <= mostOfDocument) documents.set(name, Buffer.concat(pieces).toString());
}

/** Bytes. A configuration has a few KB for each instruction of the Dockerfile. */
const mostOfDocument = 8e6;

const asError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)));
