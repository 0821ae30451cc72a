/** What an instance has. */
export interface InstanceSize {
  readonly vcpus: number;
  /** GiB. */
  readonly memory: number;
  readonly gpus: number;
}

/**
 * What an instance of a type has that training takes; undefined for a type that is not known here. Source: AWS's tables "Amazon EC2 Instance
 * Types"; that `ml.m5.large` is an `m5.large` is inferred: SageMaker publishes no sizes of its own.
 */
export function instanceSize(type: string): InstanceSize | undefined {
  const name = type.replace(/^ml\./, '');
  const [family = '', size = ''] = name.split('.');
  const perCpu = Object.hasOwn(evenFamilies, family) ? evenFamilies[family as keyof typeof evenFamilies] : undefined;
  const vcpus = cpusOf(size);
  if (perCpu !== undefined && vcpus !== undefined) return { vcpus, memory: vcpus * perCpu, gpus: 0 };
  if (!Object.hasOwn(others, name)) return undefined;
  const [cpus, memory, gpus = 0] = others[name as keyof typeof others] as Row;
  return { vcpus: cpus, memory, gpus };
}

/** Types whose size is known, a family's only in its usual sizes. */
export const instanceTypes = (): readonly string[] =>
  [...Object.keys(evenFamilies).flatMap((family) => usualSizes.map((size) => `${family}.${size}`)), ...Object.keys(others)]
    .map((name) => `ml.${name}`)
    .sort();

const usualSizes = ['large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge', '24xlarge'] as const;

/** `large` -> 2, `xlarge` -> 4, `12xlarge` -> 48. */
function cpusOf(size: string): number | undefined {
  if (size === 'large') return 2;
  const [, times] = /^(\d*)xlarge$/.exec(size) ?? [];
  return times === undefined ? undefined : 4 * Number(times || 1);
}

/** Families without GPUs whose every size has as much memory for each vCPU: GiB. */
const evenFamilies = {
  m4: 4,
  m5: 4,
  m6i: 4,
  m7i: 4,
  m8i: 4,
  c5: 2,
  c6i: 2,
  c7i: 2,
  c8i: 2,
  r5: 8,
  r5d: 8,
  r6i: 8,
  r7i: 8,
  r8i: 8,
  trn1: 4,
  trn1n: 4,
} as const;

type Row = readonly [vcpus: number, memory: number, gpus?: number];

const others = {
  't3.medium': [2, 4],
  't3.large': [2, 8],
  't3.xlarge': [4, 16],
  't3.2xlarge': [8, 32],
  'c4.xlarge': [4, 7.5],
  'c4.2xlarge': [8, 15],
  'c4.4xlarge': [16, 30],
  'c4.8xlarge': [36, 60],
  'c5n.xlarge': [4, 10.5],
  'c5n.2xlarge': [8, 21],
  'c5n.4xlarge': [16, 42],
  'c5n.9xlarge': [36, 96],
  'c5n.18xlarge': [72, 192],
  'p2.xlarge': [4, 61, 1],
  'p2.8xlarge': [32, 488, 8],
  'p2.16xlarge': [64, 732, 16],
  'p3.2xlarge': [8, 61, 1],
  'p3.8xlarge': [32, 244, 4],
  'p3.16xlarge': [64, 488, 8],
  'p3dn.24xlarge': [96, 768, 8],
  'p4d.24xlarge': [96, 1152, 8],
  'p4de.24xlarge': [96, 1152, 8],
  'p5.4xlarge': [16, 256, 1],
  'p5.48xlarge': [192, 2048, 8],
  'p5e.48xlarge': [192, 2048, 8],
  'p5en.48xlarge': [192, 2048, 8],
  'p6-b200.48xlarge': [192, 2048, 8],
  'p6-b300.48xlarge': [192, 4096, 8],
  'p6e-gb200.36xlarge': [144, 960, 4],
  'g4dn.xlarge': [4, 16, 1],
  'g4dn.2xlarge': [8, 32, 1],
  'g4dn.4xlarge': [16, 64, 1],
  'g4dn.8xlarge': [32, 128, 1],
  'g4dn.12xlarge': [48, 192, 4],
  'g4dn.16xlarge': [64, 256, 1],
  'g5.xlarge': [4, 16, 1],
  'g5.2xlarge': [8, 32, 1],
  'g5.4xlarge': [16, 64, 1],
  'g5.8xlarge': [32, 128, 1],
  'g5.12xlarge': [48, 192, 4],
  'g5.16xlarge': [64, 256, 1],
  'g5.24xlarge': [96, 384, 4],
  'g5.48xlarge': [192, 768, 8],
  'g6.xlarge': [4, 16, 1],
  'g6.2xlarge': [8, 32, 1],
  'g6.4xlarge': [16, 64, 1],
  'g6.8xlarge': [32, 128, 1],
  'g6.12xlarge': [48, 192, 4],
  'g6.16xlarge': [64, 256, 1],
  'g6.24xlarge': [96, 384, 4],
  'g6.48xlarge': [192, 768, 8],
  'g6e.xlarge': [4, 32, 1],
  'g6e.2xlarge': [8, 64, 1],
  'g6e.4xlarge': [16, 128, 1],
  'g6e.8xlarge': [32, 256, 1],
  'g6e.12xlarge': [48, 384, 4],
  'g6e.16xlarge': [64, 512, 1],
  'g6e.24xlarge': [96, 768, 4],
  'g6e.48xlarge': [192, 1536, 8],
  'g7.2xlarge': [8, 32, 1],
  'g7.4xlarge': [16, 64, 1],
  'g7.8xlarge': [32, 128, 1],
  'g7.12xlarge': [48, 192, 2],
  'g7.24xlarge': [96, 384, 4],
  'g7.48xlarge': [192, 768, 8],
  'g7e.2xlarge': [8, 64, 1],
  'g7e.4xlarge': [16, 128, 1],
  'g7e.8xlarge': [32, 256, 1],
  'g7e.12xlarge': [48, 512, 2],
  'g7e.24xlarge': [96, 1024, 4],
  'g7e.48xlarge': [192, 2048, 8],
  'trn2.48xlarge': [192, 2048],
} as const satisfies Record<string, Row>;

/**
 * What images run on an instance of a type: Graviton's families have a `g` behind their number, `ml.m7g.large`, `ml.c6gn.xlarge`. Source: AWS's
 * tables "Amazon EC2 Instance Types".
 */
export const instancePlatform = (type: string): 'linux/amd64' | 'linux/arm64' =>
  /^(?:ml\.)?[a-z]+\d+g[a-z]*\./.test(type) ? 'linux/arm64' : 'linux/amd64';
