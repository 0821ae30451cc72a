import { credentialsVariables } from '../../contract/container-credentials.ts';
import { servingEnvironment } from '../../contract/serving.ts';
import { trainingEnvironment } from '../../contract/training.ts';
import { type Check, failed, passed } from '../check.ts';
import { sources } from '../sources.ts';
import { listed } from './listed.ts';
import { placesOf } from './places.ts';

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
    const replaced = Object.entries(platforms).flatMap(([name, value]) => {
      const own = environment[name];
      return own === undefined || own === value || isForEngine(name) ? [] : [name];
    });
    const items = [...hiding, ...replaced];
    if (items.length === 0) return passed('The image sets no variable of the platform.');
    const texts = [
      ...(hiding.length > 0 ? [`The image sets ${listed(hiding)}, which AWS's clients take before the credentials of the role.`] : []),
      ...(replaced.length > 0
        ? [`The image sets ${listed(replaced)}, which SageMaker sets itself: in the cloud the value is another.`]
        : []),
    ];
    const places = await Promise.all(items.map((name) => placesOf(subject, 'ENV', (text) => new RegExp(`\\b${name}[= ]`).test(text))));
    return failed(texts.join(' '), {
      remedy: `Leave ${listed(items)} out of the image; what you need for trying it out at home, give when you start it (--env).`,
      items,
      places: places.flatMap((each) => each.places ?? []),
    });
  },
};

const somewhere = { region: '', account: '', arn: '', host: '' };
const nobody = { kind: 'training-job', isolated: false, environment: {} } as const;

/** Name -> the value that is the same for every job and endpoint, if there is one. */
const platforms: Readonly<Record<string, string>> = {
  ...trainingEnvironment({} as Parameters<typeof trainingEnvironment>[0], somewhere, false),
  ...servingEnvironment({ environment: {}, region: '', isNetworkIsolated: false }),
  ...credentialsVariables({ source: 'network', id: '', metadataId: '' }, nobody),
};
