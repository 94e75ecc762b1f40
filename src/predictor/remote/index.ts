// Predictors in other processes: what goes over the wire, and the server.
export type { Fault } from './fault.js';
export { limitDefaults, type ServeLimits } from './limits.js';
export { PredictorServer, serveDefaults, servePredictor, type ServeOptions } from './server.js';
