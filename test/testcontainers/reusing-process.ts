import { SageMakerEndpointContainer } from '../../src/testcontainers/index.ts';

/** Starts an endpoint that is to be reused, says which containers it has, and is gone without a word to anybody. */
const [, , image = ''] = process.argv;
const endpoint = await new SageMakerEndpointContainer(image).withEnvironment({ COLOUR: 'green' }).withReuse().start();
process.stdout.write(`${endpoint.getId()}\n`, () => process.exit());
