// remote: a predictor of access that a server in another process has.
import { remoteOf } from './predictor.js';


export default remoteOf('remote', 'access');
