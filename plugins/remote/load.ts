// remote-load: a predictor of load that a server in another process has.
import { remoteOf } from './predictor.js';

export default remoteOf('remote-load', 'load');
