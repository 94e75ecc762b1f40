// The thread of one predictor.
import { bundled } from '../../../plugins/index.js';
import { pluginThread } from '../../predictor/host/index.js';

export default pluginThread(bundled);
