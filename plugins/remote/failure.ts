// remote-failure: a predictor of failures that a server in another process has.
import { remoteOf } from './predictor.js';

export default remoteOf('remote-failure', 'failure');
