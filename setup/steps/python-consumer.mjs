/** (h) For tests of deploy/consumers: the Kafka client of its requirements.txt. */
import { consumerPythonPath, pythonConsumerDirectory, pythonConsumerRequirements } from '../paths.mjs';
import { smallEnvironment } from './virtual-environment.mjs';

export const pythonConsumer = smallEnvironment({
  name: 'Python consumer',
  target: pythonConsumerDirectory,
  ready: () => consumerPythonPath() !== undefined,
  requirements: pythonConsumerRequirements,
  what: 'what deploy/consumers needs',
  size: '5 MB',
  log: 'python-consumer.log',
});
