import { credentialsVariables } from '../../contract/container-credentials.ts';
import { servingEnvironment } from '../../contract/serving.ts';
import { trainingEnvironment } from '../../contract/training.ts';
import { type Check, failed, passed } from '../check.ts';
import { whyNotPlayed } from '../parts.ts';
import { sources } from '../sources.ts';
import type { Subject } from '../subject.ts';
import { listed } from './listed.ts';
import { placesOfVariable } from './places.ts';

/** What AWS's clients ask before they ask for the role's credentials. Source: "Standardized credential providers" of the AWS SDKs guide. */
const hidesRole = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/** Base images for GPUs set it to `all` themselves, as they must. */
const isForEngine = (name: string): boolean => name === 'NVIDIA_VISIBLE_DEVICES';

export const platformVariables: Check = {
  name: 'platform-variables',
  area: 'image',
  proves: "the image sets no variable that the platform sets, nor one that hides the role's credentials",
  severity: 'warning',
  source: sources.trainingInformation,
  async look(subject) {
    const { environment } = subject.image;
    const hiding = hidesRole.filter((name) => environment[name]);
    const roles = await playedBy(subject);
    const replaced = roles.flatMap(({ when, variables }) => replacedBy(variables, environment).map((name) => ({ name, when })));
    const isUnset = environment[unsetInTraining] !== undefined && roles.some(({ when }) => when === training.when);
    const items = [...new Set([...hiding, ...replaced.map(({ name }) => name), ...(isUnset ? [unsetInTraining] : [])])];
    if (items.length === 0) return passed('The image sets no variable of the platform.');
    const texts = [
      ...(hiding.length > 0 ? [`The image sets ${listed(hiding)}, which AWS's clients take before the credentials of the role.`] : []),
      ...toldReplaced(replaced, roles),
      ...(isUnset
        ? [
            `The image sets ${unsetInTraining}, which SageMaker does not set in training: clients there go to that region, wherever the job runs.`,
          ]
        : []),
    ];
    const places = await Promise.all(items.map((name) => placesOfVariable(subject, name)));
    return failed(texts.join(' '), {
      remedy: `Leave ${listed(items)} out of the image; what you need for trying it out at home, give when you start it (--env).`,
      items,
      places: places.flatMap((each) => each.places ?? []),
    });
  },
};

/** A part that an image plays, and the variables that it finds then. */
interface Role {
  readonly when: string;
  /** Name -> the value that is the same for every job or endpoint, if there is one. */
  readonly variables: Readonly<Record<string, string>>;
}

const credentials = (kind: 'training-job' | 'endpoint') =>
  credentialsVariables({ source: 'network', id: '', metadataId: '' }, { kind, isolated: false, environment: {} });

const training: Role = {
  when: 'in training',
  variables: {
    ...trainingEnvironment({} as Parameters<typeof trainingEnvironment>[0], { region: '', account: '', arn: '', host: '' }, false),
    ...credentials('training-job'),
  },
};

const serving: Role = {
  when: 'in serving',
  variables: { ...servingEnvironment({ environment: {}, region: '', isNetworkIsolated: false }), ...credentials('endpoint') },
};

/** In no environment that a training job has printed, while boto3 reads it and no other. Source: contract training §7.1. */
const unsetInTraining = 'AWS_DEFAULT_REGION';

async function playedBy(subject: Subject): Promise<readonly Role[]> {
  const [train, serve] = await Promise.all([whyNotPlayed('train', subject), whyNotPlayed('serve', subject)]);
  return [...(train === undefined ? [training] : []), ...(serve === undefined ? [serving] : [])];
}

const replacedBy = (variables: Role['variables'], environment: Role['variables']): readonly string[] =>
  Object.entries(variables).flatMap(([name, value]) => {
    const own = environment[name];
    return own === undefined || own === value || isForEngine(name) ? [] : [name];
  });

/** A sentence for those that SageMaker sets whatever the image does, and one for those of each part. */
function toldReplaced(replaced: readonly { readonly name: string; readonly when: string }[], roles: readonly Role[]): readonly string[] {
  const names = [...new Set(replaced.map(({ name }) => name))];
  const whenOf = (name: string): readonly string[] => replaced.flatMap((each) => (each.name === name ? [each.when] : []));
  const isAlways = (name: string): boolean => whenOf(name).length === roles.length;
  const groups = [
    { when: '', names: names.filter(isAlways) },
    ...roles.map(({ when }) => ({ when: ` ${when}`, names: names.filter((name) => !isAlways(name) && whenOf(name).includes(when)) })),
  ];
  return groups.flatMap(({ when, names: found }) =>
    found.length === 0 ? [] : [`The image sets ${listed(found)}, which SageMaker sets itself${when}: in the cloud the value is another.`],
  );
}
