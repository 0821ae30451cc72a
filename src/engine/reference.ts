/** An image's name in full, e.g. `python:3.11` as registry `docker.io`, path `library/python`, tag `3.11`. */
export interface ImageReference {
  /** Host and, where one is given, port; `docker.io` when the name leaves it out. */
  readonly registry: string;
  readonly path: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

/**
 * Reads a name as the engine does, or tells why it is none. What stands before the first slash is a registry when it could not be a part of
 * a path on Docker Hub. Source: the grammar of distribution's references.
 */
export function parseReference(text: string): ImageReference | { readonly invalid: string } {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const hasRegistry = /[.:A-Z]/.test(first) || first === 'localhost';
  const [, path = '', tag, digest] = afterRegistry.exec(hasRegistry ? text.slice(slash + 1) : text) ?? [];
  if (path === '' || (hasRegistry && !registryName.test(first))) return { invalid: 'invalid reference format' };
  if (/[A-Z]/.test(path)) return { invalid: 'the name of a repository must be lowercase' };
  if (!pathName.test(path)) return { invalid: 'invalid reference format' };
  const registry = !hasRegistry || first === 'index.docker.io' ? dockerHub : first;
  const isOfficial = registry === dockerHub && !path.includes('/');
  return { registry, path: isOfficial ? `library/${path}` : path, ...(tag && { tag }), ...(digest && { digest }) };
}

export const dockerHub = 'docker.io';

const afterRegistry = /^([\w./-]+)(?::(\w[\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z\d+._-]*:[\dA-Fa-f]{32,}))?$/;
const registryName = /^[A-Za-z\d](?:[A-Za-z\d.-]*[A-Za-z\d])?(?::\d+)?$/;
const pathName = /^[a-z\d]+(?:(?:[._]|__|-+)[a-z\d]+)*(?:\/[a-z\d]+(?:(?:[._]|__|-+)[a-z\d]+)*)*$/;

/** The region of a registry of Amazon's, ECR; undefined for any other. */
export const ecrRegion = (registry: string): string | undefined =>
  /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z\d-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.(?:aws|amazonwebservices\.com\.cn))$/.exec(registry)?.[1];

/** What an image of ECR may be called on the engine of whoever built it: the same without the registry. */
export function withoutEcr(text: string): string | undefined {
  const reference = parseReference(text);
  if ('invalid' in reference || ecrRegion(reference.registry) === undefined) return undefined;
  return text.slice(reference.registry.length + 1);
}

/** The command that makes a registry known to the engine's clients. */
export function loginCommand(registry: string): string {
  const region = ecrRegion(registry);
  if (region === undefined) return registry === dockerHub ? 'docker login' : `docker login ${registry}`;
  return `aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${registry}`;
}
